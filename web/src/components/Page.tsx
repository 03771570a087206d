import { useEffect, type ReactNode } from 'react';

import styles from './Page.module.css';

/** Names the page in the tab and the history. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'NRS Live' : `${title} · NRS Live`;
  }, [title]);
}

/** A message that takes the whole page: not found, not allowed, ended. */
export function FullPageMessage({ title, children, actions }: { title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <section className={styles.message}>
      <span className={styles.rule} aria-hidden="true" />
      <h1>{title}</h1>
      <div className={styles.body}>{children}</div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </section>
  );
}

/** Stands where a page will be while its code and data arrive. */
export function PageLoading() {
  return (
    <div className={styles.loading} role="status">
      <span className={styles.bars} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
        <i />
      </span>
      <span className="visually-hidden">Loading</span>
    </div>
  );
}
