import { CURVES, type Curve } from '@/lib/mix/commands';
import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Fader } from '../controls/Fader';
import { Key } from '../controls/Key';
import styles from './Crossfader.module.css';

const TRAVEL = { min: -1, max: 1, step: 0.05, resetTo: 0, detent: 0 };
const MARKS = [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1];

function formatSide(position: number): string {
  if (position === 0) return 'in the middle';
  return `${Math.round(Math.abs(position) * 100)}% to ${position < 0 ? 'A' : 'B'}`;
}

/** Between the decks of side A and those of side B. */
export function Crossfader() {
  const port = useDeskPort();
  const position = useDesk((desk) => desk.crossfader) ?? 0;
  const hamster = useDesk((desk) => desk.hamster) ?? false;
  return (
    <div className={styles.way}>
      <b aria-hidden="true">{hamster ? 'B' : 'A'}</b>
      <Fader
        label="Crossfader"
        control="crossfader"
        orientation="horizontal"
        travel={TRAVEL}
        value={position}
        marks={MARKS}
        format={formatSide}
        onChange={(to) => port?.send({ command: 'MoveCrossfader', position: to })}
      />
      <b aria-hidden="true">{hamster ? 'A' : 'B'}</b>
    </div>
  );
}

/** How the crossfader fades, and which side is which. */
export function CrossfaderSettings() {
  const port = useDeskPort();
  const curve = useDesk((desk) => desk.curve) ?? 0;
  const hamster = useDesk((desk) => desk.hamster) ?? false;
  const setCurve = (change: { curve?: Curve; hamster?: boolean }): void =>
    port?.send({ command: 'SetCrossfaderCurve', curve, hamster, ...change });
  return (
    <div className={styles.settings}>
      <select
        className={styles.curve}
        aria-label="Curve of the crossfader"
        value={curve}
        data-testid="crossfader_curve"
        onChange={(event) => setCurve({ curve: Number(event.target.value) as Curve })}
      >
        {CURVES.map((name, at) => (
          <option key={name} value={at}>
            {name}
          </option>
        ))}
      </select>
      <Key
        label="Hamster: swap the sides of the crossfader"
        control="crossfader_hamster"
        size="small"
        isOn={hamster}
        onPress={() => setCurve({ hamster: !hamster })}
      >
        SWAP
      </Key>
    </div>
  );
}
