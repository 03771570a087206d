import { useEffect, useState } from 'react';

import styles from './Refusals.module.css';

const SHOWN_MS = 6000;

/** What was asked and not done, for a moment. */
export function Refusals({ refusal }: { refusal: { count: number; message: string } | null }) {
  const [seen, setSeen] = useState(0);
  const count = refusal?.count ?? 0;
  useEffect(() => {
    if (count === 0) return;
    const timer = setTimeout(() => setSeen(count), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [count]);
  return (
    <div role="status" className={styles.place} data-testid="refusal">
      {refusal !== null && count > seen && <p className={styles.refusal}>{refusal.message}</p>}
    </div>
  );
}
