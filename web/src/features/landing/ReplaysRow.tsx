import { listReplays } from '@/api/replays/list-replays';
import { ReplayCard } from '@/components/ReplayCard';
import { useAnswer } from '@/components/useAnswer';

import styles from './Row.module.css';

const SHOWN = 8;

/** What was on lately, to be seen again; nothing where nothing was recorded. */
export function ReplaysRow() {
  const { answer } = useAnswer('replays', (signal) => listReplays({ page: 1, perPage: SHOWN }, signal));
  // What is still on stands above, live.
  const replays = answer.status === 'ready' ? answer.value.items.filter(({ state }) => state !== 'recording') : [];
  if (replays.length === 0) return null;
  return (
    <section className={styles.row} aria-labelledby="replays">
      <h2 id="replays">Replays</h2>
      <ul className={styles.cards}>
        {replays.map((replay) => (
          <li key={replay.id}>
            <ReplayCard replay={replay} />
          </li>
        ))}
      </ul>
    </section>
  );
}
