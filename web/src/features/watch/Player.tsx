import { useRef, useState } from 'react';

import { KeyHelp } from '@/components/player/KeyHelp';
import type { PlayerActions } from '@/components/player/keys';
import { StatsOverlay } from '@/components/player/StatsOverlay';
import { useIdle } from '@/components/player/useIdle';
import { usePictureHeight } from '@/components/player/usePictureHeight';
import { usePlayer } from '@/components/player/usePlayer';
import { usePlayerKeys } from '@/components/player/usePlayerKeys';
import { useScreen } from '@/components/player/useScreen';
import { useTransport } from '@/components/player/useTransport';
import type { Room } from '@/components/room/room';

import { Controls, transportName } from './Controls';
import styles from '@/components/player/Frame.module.css';
import { SoundCover } from './SoundCover';
import { StateCover } from './StateCover';
import { useLadder } from './useLadder';
import { useMode } from './useMode';
import { usePicture } from './usePicture';
import { useRewind } from './useRewind';
import { watchState } from './watch-state';

interface PlayerProps {
  room: Room;
  forced: 'webrtc' | 'hls' | null;
  onRejoin: () => void;
}

/** The picture, its sound, and everything laid over it. */
export function Player({ room, forced, onRejoin }: PlayerProps) {
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const joined = room.status === 'joined' ? room.joined : null;
  const grant = joined?.watch ?? null;
  const mediaState = joined?.stream.mediaState;
  const [mode, setMode] = useMode();
  const [isCounting, setCounting] = useState(false);
  const [isHelping, setHelping] = useState(false);
  const rewind = useRewind(video, grant, mediaState === 'live');
  const player = usePlayer(video, rewind.rewound === null);
  const transport = useTransport(video, grant, {
    forced,
    mode,
    rewound: rewind.rewound,
    isUp: mediaState !== undefined && mediaState !== 'waiting',
    isLive: mediaState === 'live',
    onRefused: onRejoin,
    onRewindLost: rewind.goLive,
  });
  const { ladder, look } = useLadder(grant);
  const screen = useScreen(frame, video);
  const shownHeight = usePictureHeight(video);
  const isIdle = useIdle(frame);
  const actions: PlayerActions = {
    togglePlay: player.togglePlay,
    toggleMute: player.toggleMute,
    changeVolume: (by) => player.setVolume(player.volume + by),
    toggleFullscreen: screen.toggleFullscreen,
    togglePictureInPicture: screen.togglePictureInPicture,
    toggleStatistics: () => setCounting(!isCounting),
    showKeys: () => setHelping(true),
    ...(rewind.windowS !== null && {
      seekBy: (seconds: number) => rewind.goTo(rewind.behindS - seconds),
      toStart: () => rewind.goTo(rewind.windowS ?? 0),
      toEnd: rewind.goLive,
    }),
  };
  usePlayerKeys(actions);
  const state = watchState(room, transport);
  const hasPicture = usePicture(video, state === 'live');
  const isQuiet = isIdle && state === 'live' && !player.isPaused;

  return (
    <div ref={frame} className={styles.player} data-quiet={isQuiet}>
      {/* A live stream has no captions to offer. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <video
        ref={video}
        className={styles.video}
        playsInline
        aria-label={joined === null ? 'Live stream' : `Live: ${joined.stream.title}`}
        data-testid="player"
        onClick={player.togglePlay}
      />
      {joined !== null && hasPicture === false && (
        // A new connection brings a new stream to listen to.
        <SoundCover key={`${transport.kind} ${transport.status}`} video={video} stream={joined.stream} />
      )}
      <StateCover
        state={state}
        creatorName={joined?.stream.creatorName ?? null}
        message={room.status === 'failed' ? room.message : null}
        onRetry={onRejoin}
      />
      {player.needsTapForSound && state === 'live' && (
        <button type="button" className={styles.tap} onClick={player.unmute}>
          Tap for sound
        </button>
      )}
      {/* Before the first picture there is nothing to play, pause or put elsewhere. */}
      {joined !== null && state !== 'error' && state !== 'waiting' && (
        <Controls
          player={player}
          screen={screen}
          transport={transport}
          rewind={rewind}
          mode={mode}
          state={state}
          settings={{
            mode,
            onMode: (chosen) => {
              rewind.goLive();
              setMode(chosen);
            },
            isForced: forced !== null,
            transport,
            ladder,
            shownHeight,
            onOpen: () => {
              look();
              transport.lookForQualities();
            },
            onStatistics: actions.toggleStatistics,
            onKeys: actions.showKeys,
          }}
        />
      )}
      {isCounting && (
        <StatsOverlay
          video={video}
          transport={transportName(transport.kind, mode)}
          reading={transport.reading}
          onClose={() => setCounting(false)}
        />
      )}
      <KeyHelp isOpen={isHelping} actions={actions} onClose={() => setHelping(false)} />
    </div>
  );
}
