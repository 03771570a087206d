import type { ComponentProps } from 'react';

import styles from '@/components/player/Controls.module.css';
import { PlayAndVolume } from '@/components/player/PlayAndVolume';
import { ScreenControls } from '@/components/player/ScreenControls';
import { SeekBar } from '@/components/player/SeekBar';
import type { Player } from '@/components/player/usePlayer';
import type { Screen } from '@/components/player/useScreen';
import type { LatencyMode, TransportReading } from '@/components/player/useTransport';
import { formatDuration, formatElapsed, formatLatency } from '@/lib/format';

import { Settings } from './Settings';
import type { Rewind } from './useRewind';
import type { WatchState } from './watch-state';

interface ControlsProps {
  player: Player;
  screen: Screen;
  transport: TransportReading;
  rewind: Rewind;
  mode: LatencyMode;
  state: WatchState;
  settings: ComponentProps<typeof Settings>;
}

/** The bar at the foot of the picture. */
export function Controls({ player, screen, transport, rewind, mode, state, settings }: ControlsProps) {
  const isRewound = rewind.rewound !== null;
  return (
    <div className={styles.foot}>
      {rewind.windowS !== null && (
        <SeekBar
          min={-rewind.windowS}
          max={0}
          value={-rewind.behindS}
          nameOf={(at) => (at > -1 ? 'Live' : `−${formatElapsed(-at)}`)}
          sayOf={(at) => (at > -1 ? 'live' : `${formatDuration(-at)} behind live`)}
          onSeek={(at) => rewind.goTo(-at)}
        />
      )}
      <div className={styles.bar}>
        <PlayAndVolume player={player} />
        {rewind.windowS !== null && (
          <button
            type="button"
            className={styles.live}
            data-live={!isRewound}
            data-testid="to-live"
            aria-label={isRewound ? 'Go to what is on now (End)' : 'You are watching live'}
            title={isRewound ? 'Go to what is on now (End)' : 'You are watching live'}
            onClick={rewind.goLive}
          >
            <i aria-hidden="true" />
            LIVE
          </button>
        )}
        {isRewound && <span className={styles.time}>−{formatElapsed(rewind.behindS)}</span>}
        <span className={styles.space} />
        <TransportBadge transport={transport} mode={mode} isLive={state === 'live'} />
        <Settings {...settings} />
        <ScreenControls screen={screen} />
      </div>
    </div>
  );
}

interface BadgeProps {
  transport: TransportReading;
  mode: LatencyMode;
  isLive: boolean;
}

function TransportBadge({ transport, mode, isLive }: BadgeProps) {
  const { kind, reading } = transport;
  const latencyS = reading?.latencyS ?? null;
  const delay = isLive && latencyS !== null && kind !== 'rewind' ? formatLatency(latencyS) : null;
  return (
    <span
      className={styles.badge}
      data-testid="transport"
      data-transport={kind}
      title={`${transportName(kind, mode)}${delay === null ? '' : `, ${delay} behind the server`}`}
    >
      <span>
        {kind === 'webrtc' ? 'Real time' : kind === 'rewind' ? 'Rewound' : mode === 'smooth' ? 'Smooth' : 'Low latency'}
      </span>
      {delay !== null && <b>{delay}</b>}
    </span>
  );
}

export function transportName(kind: TransportReading['kind'], mode: LatencyMode): string {
  if (kind === 'webrtc') return 'WebRTC';
  return kind === 'hls' && mode !== 'smooth' ? 'LL-HLS' : 'HLS';
}
