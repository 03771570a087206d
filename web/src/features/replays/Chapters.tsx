import type { Chapter } from '@/api/replays/types';
import { formatElapsed } from '@/lib/format';

import styles from './Chapters.module.css';

/** The places to jump to. */
export function Chapters({ chapters, onChoose }: { chapters: readonly Chapter[]; onChoose: (at: number) => void }) {
  return (
    <nav aria-labelledby="chapters" className={styles.chapters}>
      <h2 id="chapters">Chapters</h2>
      <ol className={styles.list}>
        {chapters.map(({ atS, title }) => (
          <li key={`${atS} ${title}`}>
            <button type="button" onClick={() => onChoose(atS)}>
              <span>{formatElapsed(atS)}</span>
              {title}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
