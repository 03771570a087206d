import { useDeskPort, type Deck } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import { deckName } from '../draw/palette';
import styles from './KeyShift.module.css';

const MAX_SEMITONES = 12;

/** Transposes by semitones. */
export function KeyShift({ deck, index }: { deck: Deck; index: number }) {
  const port = useDeskPort();
  const id = `deck${index + 1}`;
  const name = deckName(index);
  const shift = (semitones: number): void =>
    port?.send({
      command: 'SetKeyShift',
      deck: index,
      semitones: Math.max(-MAX_SEMITONES, Math.min(MAX_SEMITONES, semitones)),
    });
  const sign = deck.keyShift > 0 ? '+' : deck.keyShift < 0 ? '−' : '';
  return (
    <div className={styles.shift} role="group" aria-label={`Key of deck ${name}`}>
      <Key label={`Deck ${name} a semitone down`} control={`${id}.key_down`} size="small" onPress={() => shift(deck.keyShift - 1)}>
        ♭
      </Key>
      <Key
        label={`Deck ${name} in its own key`}
        control={`${id}.key_reset`}
        size="small"
        isOn={deck.keyShift !== 0}
        onPress={() => shift(0)}
      >
        {`KEY ${sign}${Math.abs(deck.keyShift)}`}
      </Key>
      <Key label={`Deck ${name} a semitone up`} control={`${id}.key_up`} size="small" onPress={() => shift(deck.keyShift + 1)}>
        ♯
      </Key>
    </div>
  );
}
