import type { ReactNode } from 'react';

import { Icon } from './Icon';
import styles from './Notice.module.css';

interface NoticeProps {
  tone?: 'plain' | 'warn' | 'bad';
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  /** Read out at once by screen readers; for what happens while someone is at work. */
  live?: boolean;
}

/** A framed message: what happened, and what to do. */
export function Notice({ tone = 'plain', title, children, actions, live = false }: NoticeProps) {
  return (
    <div className={[styles.notice, styles[tone]].join(' ')} role={live ? 'alert' : undefined}>
      {tone !== 'plain' && <Icon name="warning" />}
      <div className={styles.text}>
        <p className={styles.title}>{title}</p>
        {children}
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
    </div>
  );
}
