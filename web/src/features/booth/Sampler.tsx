import { useState, type DragEvent } from 'react';

import { ApiError } from '@/lib/http';
import { TRACK_DRAG_TYPE, useDesk, useDeskPort, type Pad } from '@/lib/mix/desk-port';

import { Key } from './controls/Key';
import { Knob } from './controls/Knob';
import { formatDb } from './deck/format';
import { CUE_COLOURS } from './draw/palette';
import { useBoothSession } from './mix-session-context';
import styles from './Sampler.module.css';

const LEVEL = { min: -60, max: 12, step: 1, resetTo: 0, detent: 0 };

/** Eight short sounds beside the decks. Tracks are dropped on its pads. */
export function Sampler() {
  const pads = useDesk((desk) => desk.pads) ?? [];
  const samplerDb = useDesk((desk) => desk.samplerDb) ?? 0;
  const port = useDeskPort();
  const session = useBoothSession();
  const [problem, setProblem] = useState<string | null>(null);
  const load = async (pad: number, trackId: string | null): Promise<void> => {
    setProblem(null);
    try {
      await session.loadPad(pad, trackId);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <details className={styles.sampler}>
      <summary>Sampler</summary>
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <div className={styles.body}>
        <div className={styles.pads}>
          {pads.map((pad, index) => (
            <SamplePad
              key={index}
              pad={pad}
              index={index}
              onPlay={() => port?.send({ command: pad.playing ? 'StopSample' : 'PlaySample', pad: index })}
              onLoop={() => port?.send({ command: 'SetSample', pad: index, db: pad.db, loop: !pad.loop })}
              onLoad={(trackId) => void load(index, trackId)}
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
    </details>
  );
}

interface SamplePadProps {
  pad: Pad;
  index: number;
  onPlay: () => void;
  onLoop: () => void;
  onLoad: (trackId: string | null) => void;
}

function SamplePad({ pad, index, onPlay, onLoop, onLoad }: SamplePadProps) {
  const [isOver, setOver] = useState(false);
  const name = pad.track?.title ?? 'Empty: drop a track here';
  const drop = (event: DragEvent): void => {
    setOver(false);
    const trackId = event.dataTransfer.getData(TRACK_DRAG_TYPE);
    if (trackId === '') return;
    event.preventDefault();
    onLoad(trackId);
  };
  return (
    // Dropping is one way to fill a pad; what is on a deck or pad can be played by keys.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={styles.pad}
      data-over={isOver}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(TRACK_DRAG_TYPE)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Key
        label={`Sample ${index + 1}: ${name}`}
        control={`sample${index + 1}`}
        size="pad"
        light={CUE_COLOURS[index] ?? '#fff'}
        isOn={pad.playing}
        isDisabled={pad.track === null}
        onPress={onPlay}
      >
        <span className={styles.name}>{pad.track?.title ?? '–'}</span>
      </Key>
      {pad.track !== null && (
        <div className={styles.tools}>
          <Key label={`Repeat sample ${index + 1}`} control={`sample${index + 1}.loop`} size="small" isOn={pad.loop} onPress={onLoop}>
            ↻
          </Key>
          <Key label={`Empty pad ${index + 1}`} control={`sample${index + 1}.eject`} size="small" onPress={() => onLoad(null)}>
            ⏏
          </Key>
        </div>
      )}
    </div>
  );
}
