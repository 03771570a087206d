import type { ReactNode } from 'react';

import styles from './AuthFrame.module.css';

/** The two halves of the sign-in and registration pages: what it is about, and the form. */
export function AuthFrame({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <div className={styles.frame}>
      <div className={styles.pitch}>
        <div className={styles.bars} aria-hidden="true">
          {HEIGHTS.map((height, index) => (
            <i key={index} style={{ height: `${height}%` }} />
          ))}
        </div>
        <h1>{title}</h1>
        <p>{lead}</p>
      </div>
      <div className={styles.form}>{children}</div>
    </div>
  );
}

/** One bar of music, as a meter would draw it. */
const HEIGHTS = [34, 62, 48, 88, 71, 96, 58, 80, 44, 66, 30, 52];
