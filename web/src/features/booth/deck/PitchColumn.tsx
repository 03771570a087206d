import { PITCH_RANGES } from '@/lib/mix/commands';
import { useDeskPort, type Deck } from '@/lib/mix/desk-port';

import { Fader } from '../controls/Fader';
import { HoldKey, Key } from '../controls/Key';
import { deckName } from '../draw/palette';
import { formatPitch } from './format';
import styles from './PitchColumn.module.css';

const TRAVEL = { min: -1, max: 1, step: 0.01, resetTo: 0, detent: 0 };
const MARKS = [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1];
/** What a held bend key bends by. */
const BEND = 0.04;

/** The speed of a deck: the fader is faster downwards, as on a turntable. */
export function PitchColumn({ deck, index }: { deck: Deck; index: number }) {
  const port = useDeskPort();
  const id = `deck${index + 1}`;
  const name = deckName(index);
  const bend = (amount: number) => () => port?.send({ command: 'Bend', deck: index, amount });
  const nextRange = (): void => {
    const at = PITCH_RANGES.findIndex((range) => Math.abs(range - deck.pitchRange) < 1e-6);
    const range = PITCH_RANGES[(at + 1) % PITCH_RANGES.length] ?? PITCH_RANGES[0];
    port?.send({ command: 'SetPitchRange', deck: index, range });
  };
  return (
    <div className={styles.column}>
      <Key label={`Range of the pitch of deck ${name}`} control={`${id}.pitch_range`} size="small" onPress={nextRange}>
        ±{Math.round(deck.pitchRange * 100)}
      </Key>
      <Fader
        label={`Pitch of deck ${name}`}
        control={`${id}.pitch`}
        orientation="vertical"
        isInverted
        travel={TRAVEL}
        value={deck.pitch}
        marks={MARKS}
        format={(position) => formatPitch(position * deck.pitchRange)}
        onChange={(position) => port?.send({ command: 'SetPitch', deck: index, position })}
      />
      <div className={styles.bends}>
        <HoldKey
          label={`Slow deck ${name} down while held`}
          control={`${id}.bend_down`}
          size="small"
          isOn={deck.bend < 0}
          onPress={bend(-BEND)}
          onRelease={bend(0)}
        >
          −
        </HoldKey>
        <HoldKey
          label={`Speed deck ${name} up while held`}
          control={`${id}.bend_up`}
          size="small"
          isOn={deck.bend > 0}
          onPress={bend(BEND)}
          onRelease={bend(0)}
        >
          +
        </HoldKey>
      </div>
    </div>
  );
}
