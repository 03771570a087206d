import { useDesk, useDeskPort, type Deck } from '@/lib/mix/desk-port';

import { HoldKey, Key } from '../controls/Key';
import { deckName } from '../draw/palette';
import styles from './Transport.module.css';

/** Cue, play, sync: what a hand rests on. */
export function Transport({ deck, index }: { deck: Deck; index: number }) {
  const port = useDeskPort();
  const isLeader = useDesk((desk) => desk.leader === index) ?? false;
  const id = `deck${index + 1}`;
  const name = deckName(index);
  const isEmpty = deck.track === null;
  return (
    <div className={styles.transport}>
      <div className={styles.tempo}>
        <Key
          label={`Sync deck ${name} to the leader`}
          control={`${id}.sync`}
          isOn={deck.synced}
          onPress={() => port?.send({ command: 'SetSync', deck: index, on: !deck.synced })}
        >
          SYNC
        </Key>
        <Key
          label={`Let deck ${name} lead the tempo`}
          control={`${id}.leader`}
          isOn={isLeader}
          light="#ffd23d"
          onPress={() => port?.send({ command: 'SetLeader', deck: isLeader ? null : index })}
        >
          LEAD
        </Key>
      </div>
      <HoldKey
        label={`Cue deck ${name}: back to the cue, or hear it while held`}
        control={`${id}.cue`}
        size="big"
        light="#ffb03d"
        isOn={!isEmpty && !deck.playing}
        isDisabled={isEmpty}
        onPress={() => port?.send({ command: 'PressCue', deck: index })}
        onRelease={() => port?.send({ command: 'ReleaseCue', deck: index })}
      >
        CUE
      </HoldKey>
      <Key
        label={deck.playing ? `Pause deck ${name}` : `Play deck ${name}`}
        control={`${id}.play`}
        size="big"
        light="#7be45c"
        isOn={deck.playing}
        isDisabled={isEmpty}
        onPress={() => port?.send({ command: 'Play', deck: index, playing: !deck.playing })}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true" fill="currentColor">
          <path d="M3 5v14l10-7zM14.5 5h2.700v14h-2.700zM19 5h2.700v14H19z" />
        </svg>
      </Key>
    </div>
  );
}
