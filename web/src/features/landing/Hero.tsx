import type { CSSProperties } from 'react';

import { ButtonLink } from '@/components/Button';
import { useSession } from '@/components/session';

import styles from './Hero.module.css';

/** The front of the house. */
export function Hero() {
  const session = useSession();
  const role = session.status === 'signed-in' ? session.user.role : null;
  return (
    <section className={styles.hero}>
      <div className={styles.words}>
        <h1>
          The stage
          <br />
          is <em>on</em>
        </h1>
        <p>Live sets and live performances. What happens on stage is on your screen within half a second.</p>
        <div className={styles.actions}>
          {role === null && (
            <ButtonLink to="/register" kind="primary" size="large">
              Join NRS Live
            </ButtonLink>
          )}
          {(role === 'dj' || role === 'performer') && (
            <ButtonLink to="/studio" kind="primary" size="large">
              Go live
            </ButtonLink>
          )}
          <a className={styles.jump} href="#live">
            Live now
          </a>
        </div>
      </div>
      <Spectrum />
    </section>
  );
}

/** Bars of a spectrum: bass on the left, the crowd in the middle. */
const BARS = [
  92, 100, 84, 96, 70, 78, 58, 66, 88, 74, 62, 80, 54, 46, 68, 50, 60, 40, 48, 34, 52, 38, 28, 42, 30, 22, 34, 18,
];

function Spectrum() {
  return (
    <div className={styles.spectrum} aria-hidden="true">
      {BARS.map((height, index) => (
        <i
          key={index}
          // A custom property is not in React's types of styles.
          style={{ '--cut': `${100 - height}%`, animationDelay: `${-((index * 379) % 1700)}ms` } as CSSProperties}
          data-slow={index % 3 === 0}
        />
      ))}
    </div>
  );
}
