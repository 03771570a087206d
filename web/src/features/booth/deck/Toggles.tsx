import { useDeskPort, type Deck } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import { deckName } from '../draw/palette';
import styles from './Toggles.module.css';

const SWITCHES = [
  { command: 'SetQuantize', field: 'quantize', id: 'quantize', sign: 'QUANT', label: 'Quantize' },
  { command: 'SetSlip', field: 'slip', id: 'slip', sign: 'SLIP', label: 'Slip' },
  { command: 'SetReverse', field: 'reverse', id: 'reverse', sign: 'REV', label: 'Reverse' },
  { command: 'SetKeyLock', field: 'keyLock', id: 'key_lock', sign: 'KEYLOCK', label: 'Key lock' },
] as const;

/** How a deck plays. */
export function Toggles({ deck, index }: { deck: Deck; index: number }) {
  const port = useDeskPort();
  const name = deckName(index);
  return (
    <div className={styles.toggles} role="group" aria-label={`How deck ${name} plays`}>
      {SWITCHES.map(({ command, field, id, sign, label }) => (
        <Key
          key={id}
          label={`${label} of deck ${name}`}
          control={`deck${index + 1}.${id}`}
          size="small"
          isOn={deck[field]}
          onPress={() => port?.send({ command, deck: index, on: !deck[field] })}
        >
          {sign}
        </Key>
      ))}
    </div>
  );
}
