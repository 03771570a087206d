import { useState, type ReactNode } from 'react';

import { Button, ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { FullPageMessage } from '@/components/Page';

import type { BoothLife, WhyLeft } from './booth-life';
import styles from './Opening.module.css';
import type { BoothControl } from './useBooth';

/** Before the booth, or after it. */
export function Opening({ control, life }: { control: BoothControl; life: Exclude<BoothLife, { phase: 'in' | 'checking' }> }) {
  switch (life.phase) {
    case 'unknown':
      return (
        <Message
          title="No connection"
          actions={
            <Button kind="primary" onClick={() => void control.check()}>
              Try again
            </Button>
          }
        >
          <p>{life.message}</p>
        </Message>
      );
    case 'camera-live':
      return (
        <Message
          title="You are live by camera"
          actions={
            <>
              <ButtonLink to="/studio" kind="primary">
                Go to the studio
              </ButtonLink>
              <Button onClick={() => void control.check()}>Look again</Button>
            </>
          }
        >
          <p>One stream at a time: end that one in the studio, and open the booth then.</p>
        </Message>
      );
    case 'left':
      return (
        <Message
          title={FAREWELLS[life.why].title}
          actions={
            <>
              <Button kind="primary" onClick={() => void control.check()}>
                Back to the booth
              </Button>
              {life.stream.replayId === null ? (
                <ButtonLink to="/">See who is live</ButtonLink>
              ) : (
                <ButtonLink to={`/replay/${life.stream.replayId}`}>See the replay</ButtonLink>
              )}
            </>
          }
        >
          <p>{life.why === 'ended' && life.stream.title !== '' ? `“${life.stream.title}” is over.` : FAREWELLS[life.why].text}</p>
        </Message>
      );
    case 'none':
    case 'opening':
      return <Invitation control={control} isOpening={life.phase === 'opening'} problem={life.phase === 'none' ? life.problem : null} />;
  }
}

const FAREWELLS: Record<WhyLeft, { title: string; text: string }> = {
  ended: { title: 'That is a wrap', text: 'The stream is over.' },
  closed: { title: 'The booth is closed', text: 'The booth was closed, or whoever leads it took you out of it.' },
  removed: { title: 'You were taken out of the booth', text: 'Whoever leads it removed you. The mix goes on.' },
  'by-choice': { title: 'You have left the booth', text: 'The mix goes on without you.' },
};

interface MessageProps {
  title: string;
  children: ReactNode;
  actions: ReactNode;
}

function Message(props: MessageProps) {
  return (
    <main id="main" data-testid="booth-message">
      <FullPageMessage {...props} />
    </main>
  );
}

const DECKS = [
  { count: 2, title: 'Two decks', text: 'The classic: one plays, one comes next.' },
  { count: 4, title: 'Four decks', text: 'For loops and layers. Needs a wide screen.' },
] as const;

function Invitation({ control, isOpening, problem }: { control: BoothControl; isOpening: boolean; problem: string | null }) {
  const [deckCount, setDeckCount] = useState<2 | 4>(2);
  return (
    <main id="main" className={styles.invitation}>
      <div className={styles.record} aria-hidden="true">
        <i />
      </div>
      <div className={styles.text}>
        <h1>The booth</h1>
        <p>
          Decks, mixer and effects in your browser; the mix itself runs on our servers. When your connection drops, the
          show goes on.
        </p>
        {problem !== null && <Notice tone="bad" title={problem} live />}
        <fieldset className={styles.decks} disabled={isOpening}>
          <legend className="visually-hidden">How many decks</legend>
          {DECKS.map(({ count, title, text }) => (
            <label key={count} className={styles.choice} data-chosen={deckCount === count}>
              <input
                type="radio"
                name="decks"
                checked={deckCount === count}
                data-testid={`decks-${count}`}
                onChange={() => setDeckCount(count)}
              />
              <strong>{title}</strong>
              <span>{text}</span>
            </label>
          ))}
        </fieldset>
        <div className={styles.actions}>
          <Button kind="primary" size="large" busy={isOpening} data-testid="open-booth" onClick={() => void control.open(deckCount)}>
            Open the booth
          </Button>
          <ButtonLink to="/studio" kind="ghost" size="large">
            Camera only
          </ButtonLink>
        </div>
        <p className={styles.note}>Nobody hears anything before you go live.</p>
      </div>
    </main>
  );
}
