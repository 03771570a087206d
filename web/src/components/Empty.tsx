import type { ReactNode } from 'react';

import styles from './Empty.module.css';

interface EmptyProps {
  title: string;
  /** Its place among the headings of the page. */
  heading?: 'h2' | 'h3';
  children: ReactNode;
}

/** Stands where a list would be, and says how something gets into it. */
export function Empty({ title, heading: Heading = 'h2', children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}
