import { useEffect, useState } from 'react';

import { getHistory } from '@/api/library/get-history';
import type { Played } from '@/api/library/types';
import { Button } from '@/components/Button';
import { ApiError } from '@/lib/http';

import styles from './HistoryPanel.module.css';
import { setsOf } from './history-sets';

const PAGE = 100;
const day = new Intl.DateTimeFormat('en', { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' });
const time = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** What was played, set by set. */
export function HistoryPanel() {
  const [played, setPlayed] = useState<Played[] | null>(null);
  const [total, setTotal] = useState(0);
  const [page, setPage] = useState(1);
  const [problem, setProblem] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stopping = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const answer = await getHistory(page, PAGE, stopping.signal);
        setPlayed((before) => (page === 1 ? answer.items : [...(before ?? []), ...answer.items]));
        setTotal(answer.pagination.total);
        setProblem(null);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setProblem(error.message);
      }
    };
    void ask();
    return () => stopping.abort();
  }, [page, turn]);

  if (problem !== null) {
    return (
      <div className={styles.message} role="alert">
        <p>{problem}</p>
        <Button onClick={() => setTurn((before) => before + 1)}>Try again</Button>
      </div>
    );
  }
  if (played === null) return <p className={styles.message}>Loading</p>;
  if (played.length === 0)
    return (
      <p className={styles.message}>Nothing has been played yet. What you play in a mix is kept here, set by set.</p>
    );
  return (
    <div className={styles.history} data-testid="history">
      {setsOf(played).map(({ streamId, plays }) => (
        <section key={streamId}>
          <h3>
            {plays[0]?.streamTitle}
            <small>{day.format(Date.parse(plays.at(-1)?.playedAt ?? ''))}</small>
            {!plays.some(({ onAir }) => onAir) && <small>not on air</small>}
          </h3>
          <ol>
            {plays.map(({ id, title, artist, playedAt, byAutoDj }) => (
              <li key={id}>
                <time dateTime={playedAt}>{time.format(Date.parse(playedAt))}</time>
                <b>{title}</b>
                <span>{artist}</span>
                {byAutoDj && <small>Auto-DJ</small>}
              </li>
            ))}
          </ol>
        </section>
      ))}
      {played.length < total && (
        <Button size="small" onClick={() => setPage((before) => before + 1)}>
          Show earlier
        </Button>
      )}
    </div>
  );
}
