import { useEffect, useEffectEvent, useRef, useState } from 'react';

import type { Replay } from '@/api/replays/types';
import styles from '@/components/player/Controls.module.css';
import frameStyles from '@/components/player/Frame.module.css';
import { KeyHelp } from '@/components/player/KeyHelp';
import type { PlayerActions } from '@/components/player/keys';
import { PlayAndVolume } from '@/components/player/PlayAndVolume';
import { ChoiceGroup, MenuAction, PlayerMenu } from '@/components/player/PlayerMenu';
import { AUTO, qualityChoices } from '@/components/player/quality-choices';
import { ScreenControls } from '@/components/player/ScreenControls';
import { SeekBar } from '@/components/player/SeekBar';
import { StatsOverlay } from '@/components/player/StatsOverlay';
import { useIdle } from '@/components/player/useIdle';
import { usePictureHeight } from '@/components/player/usePictureHeight';
import { usePlayer } from '@/components/player/usePlayer';
import { usePlayerKeys } from '@/components/player/usePlayerKeys';
import { useScreen } from '@/components/player/useScreen';
import { formatDuration, formatElapsed } from '@/lib/format';

import { useRecorded } from './useRecorded';

interface ReplayPlayerProps {
  replay: Replay;
  playlistUrl: string;
  /** A place that was asked for elsewhere on the page. */
  seekTo: { at: number } | null;
  /** The address is no longer good. */
  onRefused: () => void;
}

const SPEEDS = [
  { id: '0.5', name: '0.5 ×' },
  { id: '1', name: 'Normal' },
  { id: '1.25', name: '1.25 ×' },
  { id: '1.5', name: '1.5 ×' },
  { id: '2', name: '2 ×' },
];

/** A recorded stream, from wherever one likes. */
export function ReplayPlayer({ replay, playlistUrl, seekTo, onRefused }: ReplayPlayerProps) {
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [isCounting, setCounting] = useState(false);
  const [isHelping, setHelping] = useState(false);
  const [speed, setSpeed] = useState('1');
  const player = usePlayer(video, false);
  const recorded = useRecorded(video, playlistUrl, replay.durationS, onRefused);
  const screen = useScreen(frame, video);
  const shownHeight = usePictureHeight(video);
  const isIdle = useIdle(frame);
  const { positionS, lengthS, seek } = recorded;

  const jump = useEffectEvent((at: number) => {
    seek(at);
    if (player.isPaused) player.togglePlay();
  });
  useEffect(() => {
    if (seekTo === null) return;
    jump(seekTo.at);
    frame.current?.scrollIntoView({ block: 'nearest' });
  }, [seekTo]);

  const actions: PlayerActions = {
    togglePlay: player.togglePlay,
    toggleMute: player.toggleMute,
    changeVolume: (by) => player.setVolume(player.volume + by),
    toggleFullscreen: screen.toggleFullscreen,
    togglePictureInPicture: screen.togglePictureInPicture,
    toggleStatistics: () => setCounting(!isCounting),
    showKeys: () => setHelping(true),
    seekBy: (seconds) => seek(positionS + seconds),
    toStart: () => seek(0),
    toEnd: () => seek(lengthS),
  };
  usePlayerKeys(actions);

  return (
    <div
      ref={frame}
      className={frameStyles.player}
      data-quiet={isIdle && recorded.status === 'playing' && !player.isPaused}
      data-testid="replay-player"
      data-status={recorded.status}
    >
      {/* Nobody has written captions for what was live. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <video
        ref={video}
        className={frameStyles.video}
        playsInline
        aria-label={`Replay: ${replay.title}`}
        onClick={player.togglePlay}
      />
      {recorded.status !== 'playing' && (
        <p className={frameStyles.cover} role="status">
          {recorded.status === 'failed' ? 'This replay does not play here.' : 'Loading'}
        </p>
      )}
      {player.needsTapForSound && recorded.status === 'playing' && (
        <button type="button" className={frameStyles.tap} onClick={player.unmute}>
          Tap for sound
        </button>
      )}
      <div className={styles.foot}>
        <SeekBar
          min={0}
          max={lengthS}
          value={positionS}
          marks={replay.chapters.map(({ atS, title }) => ({ at: atS, title }))}
          nameOf={formatElapsed}
          sayOf={(at) => `${formatDuration(at)} of ${formatDuration(lengthS)}`}
          onSeek={seek}
        />
        <div className={styles.bar}>
          <PlayAndVolume player={player} />
          <span className={styles.time}>
            {formatElapsed(positionS)} / {formatElapsed(lengthS)}
          </span>
          <span className={styles.space} />
          <PlayerMenu>
            <ChoiceGroup
              title="Speed"
              choices={SPEEDS}
              value={speed}
              onChoose={(id) => {
                setSpeed(id);
                if (video.current) video.current.playbackRate = Number(id);
              }}
            />
            <ChoiceGroup
              title="Quality"
              choices={qualityChoices(recorded.qualities, shownHeight)}
              value={recorded.quality ?? AUTO}
              onChoose={(id) => recorded.chooseQuality(id === AUTO ? null : id)}
            />
            <MenuAction onPress={actions.toggleStatistics}>Statistics</MenuAction>
            <MenuAction onPress={actions.showKeys}>Keys</MenuAction>
          </PlayerMenu>
          <ScreenControls screen={screen} />
        </div>
      </div>
      {isCounting && (
        <StatsOverlay
          video={video}
          transport="HLS"
          reading={recorded.reading && { ...recorded.reading, latencyS: null }}
          onClose={() => setCounting(false)}
        />
      )}
      <KeyHelp isOpen={isHelping} actions={actions} onClose={() => setHelping(false)} />
    </div>
  );
}
