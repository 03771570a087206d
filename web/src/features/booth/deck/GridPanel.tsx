import { useState } from 'react';

import { useDeskPort, type Deck } from '@/lib/mix/desk-port';
import { framesPerBeat, tappedTempo, withTap } from '@/lib/mix/grid';

import { Key } from '../controls/Key';
import styles from './GridPanel.module.css';

/** What a press of a shift key moves the grid by: 5 ms. */
const NUDGE_FRAMES = 240;

/** Corrects the beat grid: where the first beat is, and how fast it goes. */
export function GridPanel({ deck, index }: { deck: Deck; index: number }) {
  const port = useDeskPort();
  const [taps, setTaps] = useState<readonly number[]>([]);
  const { track } = deck;
  const bpm = track?.bpm ?? null;
  const grid = track?.gridFrame ?? 0;
  const tapped = tappedTempo(taps);
  const id = `deck${index + 1}`;
  const set = (tempo: number, frame: number): void =>
    port?.send({ command: 'SetBeatGrid', deck: index, bpm: tempo, grid_frame: frame });
  const shift = (frames: number): void => {
    if (bpm !== null) set(bpm, grid + frames);
  };
  const beat = framesPerBeat(bpm) ?? 0;
  const here = (): void => {
    const head = port?.playhead(index);
    if (bpm === null || !head) return;
    set(bpm, head.frame);
  };
  const keys = [
    { name: 'grid_back', sign: '‹', label: 'Shift the beats 5 ms back', act: () => shift(-NUDGE_FRAMES) },
    { name: 'grid_forward', sign: '›', label: 'Shift the beats 5 ms on', act: () => shift(NUDGE_FRAMES) },
    { name: 'grid_beat', sign: '+1 beat', label: 'Begin the bar a beat later', act: () => shift(beat) },
    { name: 'grid_here', sign: 'Here', label: 'The first beat of a bar is here', act: here },
    { name: 'grid_half', sign: '½ BPM', label: 'Half the tempo', act: () => bpm !== null && set(bpm / 2, grid) },
    { name: 'grid_twice', sign: '2× BPM', label: 'Twice the tempo', act: () => bpm !== null && set(bpm * 2, grid) },
  ];
  return (
    <div className={styles.grid}>
      {keys.map(({ name, sign, label, act }) => (
        <Key key={name} label={label} control={`${id}.${name}`} isDisabled={bpm === null} onPress={act}>
          {sign}
        </Key>
      ))}
      <Key
        label="Tap the tempo"
        control={`${id}.tap`}
        isDisabled={track === null}
        onPress={() => setTaps((before) => withTap(before, performance.now()))}
      >
        Tap
      </Key>
      <Key
        label={tapped === null ? 'Take the tapped tempo' : `Take ${tapped.toFixed(1)} BPM`}
        control={`${id}.tap_take`}
        isDisabled={tapped === null}
        onPress={() => {
          if (tapped === null) return;
          set(tapped, bpm === null ? (port?.playhead(index)?.frame ?? 0) : grid);
          setTaps([]);
        }}
      >
        {tapped === null ? 'Take' : tapped.toFixed(1)}
      </Key>
    </div>
  );
}
