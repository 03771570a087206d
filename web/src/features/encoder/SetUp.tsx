import type { ReactNode } from 'react';

import { KeyPanel } from './KeyPanel';
import { NextStream } from './NextStream';
import { ObsGuide } from './ObsGuide';
import styles from './SetUp.module.css';
import { TargetsPanel } from '@/components/targets/TargetsPanel';

/** All there is to put into OBS, and what the stream is to be. */
export function SetUp({ isWaiting }: { isWaiting: boolean }) {
  return (
    <div className={styles.setUp}>
      {isWaiting && (
        <p className={styles.waiting} role="status" data-testid="encoder-waiting">
          <span aria-hidden="true" />
          Waiting for your encoder. This page changes by itself when it connects.
        </p>
      )}
      <div className={styles.main}>
        <Step number={1} title="Connect">
          <KeyPanel />
        </Step>
        <Step number={2} title="Set it up">
          <ObsGuide />
        </Step>
        <Step number={3} title="Go live">
          <p className={styles.dim}>
            {isWaiting
              ? 'Press “Start Streaming” in OBS. You are live as soon as it connects, so be ready.'
              : 'End the stream that is open first.'}
          </p>
        </Step>
      </div>
      <aside className={styles.side}>
        <NextStream />
        <TargetsPanel states={null} />
      </aside>
    </div>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section className={styles.step} aria-labelledby={`step-${number}`}>
      <h2 id={`step-${number}`}>
        <span aria-hidden="true">{number}</span>
        {title}
      </h2>
      {children}
    </section>
  );
}
