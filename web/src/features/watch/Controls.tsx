import { Icon, type IconName } from '@/components/Icon';
import { formatLatency } from '@/lib/format';

import styles from './Controls.module.css';
import type { Player } from './usePlayer';
import type { Screen } from './useScreen';
import type { TransportReading } from './useTransport';
import type { WatchState } from './watch-state';

interface ControlsProps {
  player: Player;
  screen: Screen;
  transport: TransportReading;
  state: WatchState;
}

/** The bar at the foot of the picture. */
export function Controls({ player, screen, transport, state }: ControlsProps) {
  return (
    <div className={styles.bar}>
      <Control
        icon={player.isPaused ? 'play' : 'pause'}
        label={player.isPaused ? 'Play (k)' : 'Pause (k)'}
        onPress={player.togglePlay}
      />
      <Control
        icon={player.isMuted ? 'volumeOff' : 'volume'}
        label={player.isMuted ? 'Unmute (m)' : 'Mute (m)'}
        onPress={player.toggleMute}
      />
      <input
        className={styles.volume}
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={player.isMuted ? 0 : player.volume}
        aria-label="Volume"
        onChange={(event) => player.setVolume(event.target.valueAsNumber)}
      />
      <span className={styles.space} />
      <TransportBadge transport={transport} isLive={state === 'live'} />
      {screen.canPictureInPicture && (
        <Control icon="pip" label="Picture in picture" onPress={screen.togglePictureInPicture} />
      )}
      {screen.canFullscreen && (
        <Control
          icon={screen.isFullscreen ? 'fullscreenExit' : 'fullscreen'}
          label={screen.isFullscreen ? 'Leave full screen (f)' : 'Full screen (f)'}
          onPress={screen.toggleFullscreen}
        />
      )}
    </div>
  );
}

function Control({ icon, label, onPress }: { icon: IconName; label: string; onPress: () => void }) {
  return (
    <button type="button" className={styles.control} aria-label={label} title={label} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

const NAMES = { webrtc: 'Real time', hls: 'Low latency' };
const MEANINGS = { webrtc: 'WebRTC', hls: 'LL-HLS' };

function TransportBadge({ transport, isLive }: { transport: TransportReading; isLive: boolean }) {
  const { kind, latencyS } = transport;
  const delay = isLive && latencyS !== null ? formatLatency(latencyS) : null;
  return (
    <span
      className={styles.badge}
      data-testid="transport"
      data-transport={kind}
      title={`${MEANINGS[kind]}${delay === null ? '' : `, ${delay} behind the server`}`}
    >
      {NAMES[kind]}
      {delay !== null && <b>{delay}</b>}
    </span>
  );
}
