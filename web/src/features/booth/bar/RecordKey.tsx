import { useElapsed } from '@/components/useElapsed';
import { formatElapsed } from '@/lib/format';
import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import styles from './RecordKey.module.css';

/** Begins and ends a recording, and shows how long it has run. */
export function RecordKey() {
  const port = useDeskPort();
  const isOn = useDesk((desk) => desk.recording) ?? false;
  const since = useDesk((desk) => desk.recordingSince) ?? null;
  return (
    <Key
      label={isOn ? 'Stop recording' : 'Record the mix, for yourself'}
      control="recording"
      light="#ff3b5c"
      isOn={isOn}
      onPress={() => port?.send({ command: 'SetRecording', on: !isOn })}
    >
      <span className={styles.record} data-on={isOn || undefined}>
        {isOn && <i aria-hidden="true" />}
        REC
        {isOn && since !== null && <Elapsed since={since} />}
      </span>
    </Key>
  );
}

function Elapsed({ since }: { since: number }) {
  const start = new Date(since * 1000).toISOString();
  return <b data-testid="recording-time">{formatElapsed(useElapsed(start))}</b>;
}
