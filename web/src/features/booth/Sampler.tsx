import { useState } from 'react';

import { ApiError } from '@/lib/http';
import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Knob } from './controls/Knob';
import { formatDb } from './deck/format';
import { SamplePad } from './SamplePad';
import { SamplePadDialog } from './SamplePadDialog';
import styles from './Sampler.module.css';

const LEVEL = { min: -60, max: 12, step: 1, resetTo: 0, detent: 0 };

/** Eight short sounds beside the decks. */
export function Sampler() {
  const pads = useDesk((desk) => desk.pads) ?? [];
  const samplerDb = useDesk((desk) => desk.samplerDb) ?? 0;
  const port = useDeskPort();
  const [problem, setProblem] = useState<string | null>(null);
  const [settled, setSettled] = useState<number | null>(null);
  const load = async (pad: number, trackId: string | null): Promise<void> => {
    setProblem(null);
    try {
      await port?.loadPad(pad, trackId);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    }
  };
  const open = settled === null ? undefined : pads[settled];
  return (
    <details className={styles.sampler}>
      <summary>Sampler</summary>
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {pads.every(({ track, loading }) => track === null && !loading) && (
        <p className={styles.hint}>Drop a track on a pad, or choose “Put on a pad” from its menu in the library.</p>
      )}
      <div className={styles.body}>
        <div className={styles.pads}>
          {pads.map((pad, index) => (
            <SamplePad
              key={index}
              pad={pad}
              index={index}
              onPlay={() => port?.send({ command: pad.playing ? 'StopSample' : 'PlaySample', pad: index })}
              onLoad={(trackId) => void load(index, trackId)}
              onSettings={() => setSettled(index)}
            />
          ))}
        </div>
        <Knob
          label="Level of the sampler"
          caption="Level"
          control="sampler.gain"
          travel={LEVEL}
          value={samplerDb}
          format={formatDb}
          onChange={(db) => port?.send({ command: 'SetSampler', db })}
        />
      </div>
      {settled !== null && open !== undefined && (
        <SamplePadDialog
          pad={open}
          index={settled}
          onEmpty={() => void load(settled, null)}
          onClose={() => setSettled(null)}
        />
      )}
    </details>
  );
}
