import type { StreamHealth } from '@/api/encoder/types';
import { RecordingSwitch } from '@/components/RecordingSwitch';

import styles from './ReplayPanel.module.css';

interface ReplayPanelProps {
  streamId: string;
  health: StreamHealth | null;
  isLive: boolean;
}

/** What is kept of the show for viewers, and how that differs from the recording of the mix. */
export function ReplayPanel({ streamId, health, isLive }: ReplayPanelProps) {
  return (
    <section className={styles.replay} aria-label="Replay">
      <h2>Replay</h2>
      <RecordingSwitch streamId={streamId} health={health} isLive={isLive} />
      <p className={styles.note}>
        The show as viewers have it, with your voice and camera. They can rewind while you are live, and watch it again
        afterwards: you find it under Replays.
      </p>
      <h3>And REC?</h3>
      <p className={styles.note}>
        The REC key records the mix for yourself: the music alone, without your microphone, in full quality (FLAC), on
        air or off. It goes to Recordings in the library.
      </p>
    </section>
  );
}
