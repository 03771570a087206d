import { useRef } from 'react';

import { isCompatible, transposed } from '@/lib/mix/camelot';
import { SAMPLE_RATE } from '@/lib/mix/commands';
import { useDesk, type Deck } from '@/lib/mix/desk-port';

import { useFrames } from '../draw/frames';
import { useBoothSession } from '../mix-session-context';
import styles from './DeckHead.module.css';
import { formatBpm, formatPitch, formatPosition } from './format';

/** What is on the deck: title, artist, tempo, key, and where it is. */
export function DeckHead({ deck, index }: { deck: Deck; index: number }) {
  const ratio = deck.pitch * deck.pitchRange;
  const { track } = deck;
  return (
    <div className={styles.head} data-testid={`deck${index + 1}.head`} data-track={track?.id ?? ''}>
      <div className={styles.names}>
        <p className={styles.title}>{titleOf(deck)}</p>
        <p className={styles.artist}>{deck.loading ? 'Getting it from your library' : (track?.artist ?? ' ')}</p>
      </div>
      <div className={styles.figures}>
        {track !== null && <KeyOf deck={deck} index={index} />}
        <Tempo deck={deck} index={index} />
        <span className={styles.small}>
          <b>{formatPitch(ratio)}</b>
          <Times deck={deck} index={index} />
        </span>
      </div>
    </div>
  );
}

function titleOf(deck: Deck): string {
  if (deck.loading) return 'Loading…';
  return deck.track?.title ?? 'Empty deck';
}

/** The tempo that is heard: with sync it is the leader's, whatever the fader says. */
function Tempo({ deck, index }: { deck: Deck; index: number }) {
  const session = useBoothSession();
  const shown = useRef<HTMLElement>(null);
  const bpm = deck.track?.bpm ?? null;
  useFrames(() => {
    const rate = Math.abs(session.moment()?.decks[index]?.[1] ?? 0);
    const text = formatBpm(bpm === null ? null : bpm * (rate > 0.05 ? rate : 1 + deck.pitch * deck.pitchRange));
    if (shown.current !== null && shown.current.textContent !== text) shown.current.textContent = text;
  });
  return (
    <span className={styles.tempo}>
      <b ref={shown} data-testid={`deck${index + 1}.bpm`} />
      <small>BPM</small>
    </span>
  );
}

function Times({ deck, index }: { deck: Deck; index: number }) {
  const session = useBoothSession();
  const shown = useRef<HTMLSpanElement>(null);
  useFrames(() => {
    const text = formatPosition((session.playhead(index)?.frame ?? 0) / SAMPLE_RATE);
    if (shown.current !== null && shown.current.textContent !== text) shown.current.textContent = text;
  });
  return <span ref={shown} className={styles.time} data-testid={`deck${index + 1}.time`} data-playing={deck.playing} />;
}

/** Lit when it goes with what another deck plays. */
function KeyOf({ deck, index }: { deck: Deck; index: number }) {
  const camelot = transposed(deck.track?.camelot ?? null, deck.keyShift);
  const goesWith = useDesk((desk) =>
    desk.decks.some(
      (other, at) =>
        at !== index && other.playing && isCompatible(camelot, transposed(other.track?.camelot ?? null, other.keyShift)),
    ),
  );
  const name = camelot ?? '–';
  return (
    <span
      className={styles.key}
      data-lit={goesWith}
      title={goesWith === true ? `${name}: goes with what plays` : (deck.track?.key ?? 'No key found')}
    >
      {name}
    </span>
  );
}
