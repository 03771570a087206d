import { Link, NavLink, useLocation } from 'react-router';

import { ButtonLink } from '@/components/Button';
import { useSession } from '@/components/session';
import { Wordmark } from '@/components/Wordmark';

import styles from './Header.module.css';
import { SessionMenu } from './SessionMenu';

export function Header() {
  const session = useSession();
  const location = useLocation();
  const isAuthPage = location.pathname === '/login' || location.pathname === '/register';
  // Where one stands is where one comes back to after signing in.
  const from = isAuthPage ? (location.state as unknown) : { from: location.pathname + location.search };
  const role = session.status === 'signed-in' ? session.user.role : null;
  const isCreator = role === 'dj' || role === 'performer';
  return (
    <header className={styles.header}>
      <div className={styles.bar}>
        <Link to="/" className={styles.home} aria-label="NRS Live, home">
          <Wordmark />
        </Link>
        <nav className={styles.nav} aria-label="Main">
          {role === 'dj' && (
            <NavLink to="/booth" className={styles.studio ?? ''}>
              Booth
            </NavLink>
          )}
          {isCreator && (
            <NavLink to="/studio" className={styles.studio ?? ''}>
              Studio
            </NavLink>
          )}
          {session.status === 'signed-in' && <SessionMenu user={session.user} signOut={session.signOut} />}
          {(session.status === 'anonymous' || session.status === 'unreachable') && (
            <>
              <ButtonLink to="/login" state={from} kind="ghost" size="small">
                Sign in
              </ButtonLink>
              <ButtonLink to="/register" state={from} kind="primary" size="small">
                Join
              </ButtonLink>
            </>
          )}
        </nav>
      </div>
    </header>
  );
}
