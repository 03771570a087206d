import { useDeskPort, type Deck } from '@/lib/mix/desk-port';

import { HoldKey, Key } from '../controls/Key';
import { formatBeats } from './format';
import styles from './PadGrid.module.css';

const LOOPS = [0.25, 0.5, 1, 2, 4, 8, 16, 32] as const;
const ROLLS = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4] as const;
const JUMPS = [-32, -16, -4, -1, 1, 4, 16, 32] as const;

interface PadsProps {
  deck: Deck;
  index: number;
}

/** Loops of so many beats from here; moved along by the last row of the deck's loop strip. */
export function LoopPads({ deck, index }: PadsProps) {
  const port = useDeskPort();
  const id = `deck${index + 1}`;
  return (
    <div className={styles.withAside}>
      <div className={styles.grid}>
        {LOOPS.map((beats) => (
          <Key
            key={beats}
            label={`Loop ${formatBeats(beats)} beats`}
            control={`${id}.beatloop_${beats}`}
            size="pad"
            isDisabled={deck.track === null}
            onPress={() => port?.send({ command: 'BeatLoop', deck: index, beats })}
          >
            {formatBeats(beats)}
          </Key>
        ))}
      </div>
      <div className={styles.moves}>
        <Key
          label="Move the loop a beat back"
          control={`${id}.loop_move_back`}
          size="small"
          isDisabled={deck.loop === null}
          onPress={() => port?.send({ command: 'MoveLoop', deck: index, beats: -1 })}
        >
          ‹
        </Key>
        <Key
          label="Move the loop a beat on"
          control={`${id}.loop_move_forward`}
          size="small"
          isDisabled={deck.loop === null}
          onPress={() => port?.send({ command: 'MoveLoop', deck: index, beats: 1 })}
        >
          ›
        </Key>
      </div>
    </div>
  );
}

/** Loops while held, under which the track runs on. */
export function RollPads({ deck, index }: PadsProps) {
  const port = useDeskPort();
  return (
    <div className={styles.grid}>
      {ROLLS.map((beats) => (
        <HoldKey
          key={beats}
          label={`Roll ${formatBeats(beats)} beats while held`}
          control={`deck${index + 1}.roll_${beats}`}
          size="pad"
          isDisabled={deck.track === null}
          onPress={() => port?.send({ command: 'LoopRoll', deck: index, beats })}
          onRelease={() => port?.send({ command: 'LoopRoll', deck: index, beats: null })}
        >
          {formatBeats(beats)}
        </HoldKey>
      ))}
    </div>
  );
}

export function JumpPads({ deck, index }: PadsProps) {
  const port = useDeskPort();
  return (
    <div className={styles.grid}>
      {JUMPS.map((beats) => (
        <Key
          key={beats}
          label={`Jump ${Math.abs(beats)} beats ${beats < 0 ? 'back' : 'on'}`}
          control={`deck${index + 1}.jump_${beats}`}
          size="pad"
          isDisabled={deck.track === null}
          onPress={() => port?.send({ command: 'BeatJump', deck: index, beats })}
        >
          {beats < 0 ? `‹ ${-beats}` : `${beats} ›`}
        </Key>
      ))}
    </div>
  );
}
