import { useEffect, useState } from 'react';

import { useElapsed } from '@/components/useElapsed';
import { formatElapsed } from '@/lib/format';
import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import styles from './RecordKey.module.css';

/** Begins and ends a recording, and shows how long it has run. */
export function RecordKey() {
  const port = useDeskPort();
  const isOn = useDesk((desk) => desk.recording) ?? false;
  const start = useRecordingStart();
  return (
    <Key
      label={isOn ? 'Stop recording' : 'Record the mix'}
      control="recording"
      light="#ff3b5c"
      isOn={isOn}
      onPress={() => port?.send({ command: 'SetRecording', on: !isOn })}
    >
      <span className={styles.record} data-on={isOn || undefined}>
        {isOn && <i aria-hidden="true" />}
        REC
        {isOn && start !== null && <Elapsed start={start} />}
      </span>
    </Key>
  );
}

function Elapsed({ start }: { start: string }) {
  return <b data-testid="recording-time">{formatElapsed(useElapsed(start))}</b>;
}

/** When the recording that runs began; null while there is none, and for one that ran before we came. */
function useRecordingStart(): string | null {
  const port = useDeskPort();
  const [start, setStart] = useState<string | null>(null);
  useEffect(() => {
    if (port === null) return;
    const read = (): boolean | null => port.getSnapshot()?.recording ?? null;
    let before = read();
    return port.subscribe(() => {
      const now = read();
      if (now === before) return;
      setStart(now === true && before === false ? new Date().toISOString() : null);
      before = now;
    });
  }, [port]);
  return start;
}
