import type { ReactNode } from 'react';
import { NavLink } from 'react-router';

import type { CreatorType } from '@/api/types';
import type { User } from '@/lib/session';

import { ButtonLink } from './Button';
import styles from './CreatorPage.module.css';
import { FullPageMessage, useTitle } from './Page';
import { SessionGate } from './SessionGate';

export type Creator = User & { role: CreatorType };

interface CreatorPageProps {
  title: string;
  /** What there is behind the gate, for those who are not signed in. */
  what: string;
  children: (creator: Creator) => ReactNode;
}

/** A page for those who go live, among its sisters. */
export function CreatorPage({ title, what, children }: CreatorPageProps) {
  useTitle(title);
  return (
    <SessionGate title="Sign in to go live" what={what}>
      {(user) =>
        isCreator(user) ? (
          <div className={styles.page}>
            <header className={styles.head}>
              <h1>{title}</h1>
              <CreatorTabs />
            </header>
            {children(user)}
          </div>
        ) : (
          <FullPageMessage
            title="This account watches"
            actions={
              <ButtonLink to="/" kind="primary">
                See who is live
              </ButtonLink>
            }
          >
            <p>Going live takes an account of a DJ or a performer. Sign out and create one, with another email address.</p>
          </FullPageMessage>
        )
      }
    </SessionGate>
  );
}

const TABS = [
  { to: '/studio', name: 'Camera' },
  { to: '/encoder', name: 'OBS' },
  { to: '/schedule', name: 'Schedule' },
  { to: '/replays', name: 'Replays' },
];

/** From one page of a creator to the others. */
export function CreatorTabs() {
  return (
    <nav className={styles.tabs} aria-label="Your streams">
      {TABS.map(({ to, name }) => (
        <NavLink key={to} to={to}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}

function isCreator(user: User): user is Creator {
  return user.role === 'dj' || user.role === 'performer';
}
