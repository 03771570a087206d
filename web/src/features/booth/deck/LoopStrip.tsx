import { useState } from 'react';

import { framesPerBeat } from '@/lib/mix/grid';
import { useDeskPort, type Deck } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import { deckName } from '../draw/palette';
import { formatBeats } from './format';
import styles from './LoopStrip.module.css';

const MIN_BEATS = 1 / 32;
const MAX_BEATS = 64;

/** The length of the loop that is set, to the next power of two; null without one. */
function loopBeats(deck: Deck): number | null {
  const beat = framesPerBeat(deck.track?.bpm ?? null);
  if (deck.loop === null || beat === null) return null;
  return 2 ** Math.round(Math.log2((deck.loop[1] - deck.loop[0]) / beat));
}

/** In, out, and loops of so many beats. */
export function LoopStrip({ deck, index }: { deck: Deck; index: number }) {
  const port = useDeskPort();
  const [wanted, setWanted] = useState(4);
  const id = `deck${index + 1}`;
  const name = deckName(index);
  const isEmpty = deck.track === null;
  const beats = (deck.looping ? loopBeats(deck) : null) ?? wanted;
  const scale = (factor: 0.5 | 2): void => {
    setWanted(Math.min(MAX_BEATS, Math.max(MIN_BEATS, beats * factor)));
    if (deck.looping) port?.send({ command: 'ScaleLoop', deck: index, factor });
  };
  return (
    <div className={styles.strip} role="group" aria-label={`Loop of deck ${name}`}>
      <Key label="Loop in" control={`${id}.loop_in`} isDisabled={isEmpty} onPress={() => port?.send({ command: 'LoopIn', deck: index })}>
        IN
      </Key>
      <Key label="Loop out" control={`${id}.loop_out`} isDisabled={isEmpty} onPress={() => port?.send({ command: 'LoopOut', deck: index })}>
        OUT
      </Key>
      <Key label="Halve the loop" control={`${id}.loop_halve`} isDisabled={isEmpty} onPress={() => scale(0.5)}>
        ÷2
      </Key>
      <Key
        label={`Loop of ${formatBeats(beats)} beats`}
        control={`${id}.beatloop`}
        isOn={deck.looping}
        isDisabled={isEmpty}
        onPress={() =>
          port?.send(
            deck.looping
              ? { command: 'SetLooping', deck: index, on: false }
              : { command: 'BeatLoop', deck: index, beats },
          )
        }
      >
        {formatBeats(beats)}
      </Key>
      <Key label="Double the loop" control={`${id}.loop_double`} isDisabled={isEmpty} onPress={() => scale(2)}>
        ×2
      </Key>
      <Key
        label={deck.looping ? 'Leave the loop' : 'Enter the loop again'}
        control={`${id}.reloop`}
        isDisabled={deck.loop === null}
        onPress={() => port?.send({ command: 'SetLooping', deck: index, on: !deck.looping })}
      >
        {deck.looping ? 'EXIT' : 'RELOOP'}
      </Key>
    </div>
  );
}
