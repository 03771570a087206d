import { ControlButton } from './ControlButton';
import styles from './Controls.module.css';
import type { Player } from './usePlayer';

/** Play, mute, and how loud. */
export function PlayAndVolume({ player }: { player: Player }) {
  return (
    <>
      <ControlButton
        icon={player.isPaused ? 'play' : 'pause'}
        label={player.isPaused ? 'Play (k)' : 'Pause (k)'}
        onPress={player.togglePlay}
      />
      <ControlButton
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
    </>
  );
}
