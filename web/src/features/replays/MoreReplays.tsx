import { listReplays } from '@/api/replays/list-replays';
import { ReplayCard } from '@/components/ReplayCard';
import { useAnswer } from '@/components/useAnswer';

import styles from './MoreReplays.module.css';

interface MoreReplaysProps {
  creatorId: string;
  creatorName: string;
  exceptId: string;
}

const SHOWN = 4;

/** What else one may see of the same creator; nothing where there is nothing. */
export function MoreReplays({ creatorId, creatorName, exceptId }: MoreReplaysProps) {
  const { answer } = useAnswer(creatorId, (signal) => listReplays({ page: 1, perPage: SHOWN + 1, creatorId }, signal));
  if (answer.status !== 'ready') return null;
  const others = answer.value.items.filter(({ id }) => id !== exceptId).slice(0, SHOWN);
  if (others.length === 0) return null;
  return (
    <section className={styles.more} aria-labelledby="more-replays">
      <h2 id="more-replays">More of {creatorName}</h2>
      <ul className={styles.grid}>
        {others.map((replay) => (
          <li key={replay.id}>
            <ReplayCard replay={replay} />
          </li>
        ))}
      </ul>
    </section>
  );
}
