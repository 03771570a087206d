import { useState, type CSSProperties, type DragEvent } from 'react';

import { ApiError } from '@/lib/http';
import { TRACK_DRAG_TYPE, useDesk, useDeskPort, type Deck } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import { deckColour, deckName } from '../draw/palette';
import { Jog } from '../Jog';
import { Overview } from '../Overview';
import { DeckHead } from './DeckHead';
import styles from './DeckPanel.module.css';
import { KeyShift } from './KeyShift';
import { LoopStrip } from './LoopStrip';
import { Pads } from './Pads';
import { PhaseMeter } from './PhaseMeter';
import { PitchColumn } from './PitchColumn';
import { Toggles } from './Toggles';
import { Transport } from './Transport';

/** One deck with everything on it. Tracks are dropped on it. */
export function DeckPanel({ index, isCompact = false }: { index: number; isCompact?: boolean }) {
  const deck = useDesk((desk) => desk.decks[index]);
  const port = useDeskPort();
  const [isOver, setOver] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  if (deck === undefined || port === null) return null;

  const load = async (trackId: string | null): Promise<void> => {
    setFailure(null);
    try {
      await port.load(index, trackId);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    }
  };
  const drop = (event: DragEvent): void => {
    setOver(false);
    const trackId = event.dataTransfer.getData(TRACK_DRAG_TYPE);
    if (trackId === '') return;
    event.preventDefault();
    void load(trackId);
  };
  const name = deckName(index);
  return (
    // What is dropped here can also be loaded by keys, from the library.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      className={styles.deck}
      style={{ '--deck': deckColour(index) } as CSSProperties}
      aria-label={`Deck ${name}`}
      data-testid={`deck${index + 1}`}
      data-compact={isCompact}
      data-playing={deck.playing}
      data-over={isOver}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(TRACK_DRAG_TYPE)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div className={styles.top}>
        <span className={styles.letter} aria-hidden="true">
          {name}
        </span>
        <DeckHead deck={deck} index={index} />
        <Key
          label={`Eject deck ${name}`}
          control={`deck${index + 1}.eject`}
          size="small"
          isDisabled={deck.track === null || deck.playing}
          onPress={() => void load(null)}
        >
          ⏏
        </Key>
      </div>
      <div className={styles.track}>
        <Overview deck={deck} index={index} />
        <DeckNotice deck={deck} failure={failure} />
      </div>
      <PhaseMeter deck={deck} index={index} />
      <div className={styles.body}>
        <div className={styles.left}>
          <Jog deck={deck} index={index} />
          <Transport deck={deck} index={index} />
        </div>
        <div className={styles.middle}>
          <Pads deck={deck} index={index} />
          <LoopStrip deck={deck} index={index} />
          <Toggles deck={deck} index={index} />
          <KeyShift deck={deck} index={index} />
        </div>
        <PitchColumn deck={deck} index={index} />
      </div>
      {isOver && <div className={styles.drop}>Drop it on deck {name}</div>}
    </section>
  );
}

/** What went wrong with the track of a deck, or that it is empty. */
function DeckNotice({ deck, failure }: { deck: Deck; failure: string | null }) {
  const problem = deck.problem?.message ?? failure;
  if (problem !== null) {
    return (
      <p className={styles.problem} role="alert">
        {problem}
      </p>
    );
  }
  if (deck.ended) return <p className={styles.hint}>The track is over. Load another one, or press CUE to start again.</p>;
  if (deck.track === null && !deck.loading) {
    return <p className={styles.hint}>Drag a track here from your library, or choose one there and press Enter.</p>;
  }
  return null;
}
