import { useEffect, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';

import { Avatar } from '@/components/Avatar';
import { ROLE_NAMES } from '@/components/roles';
import type { User } from '@/lib/session';

import styles from './SessionMenu.module.css';

/** Where those who go live have to do. */
const PLACES = [
  { to: '/studio', name: 'Open the studio' },
  { to: '/encoder', name: 'Stream from OBS' },
  { to: '/schedule', name: 'Schedule' },
  { to: '/replays', name: 'Your replays' },
];

/** Who is signed in, and the way out. */
export function SessionMenu({ user, signOut }: { user: User; signOut: () => Promise<void> }) {
  const [isOpen, setIsOpen] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  const navigate = useNavigate();

  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setIsOpen(false);
    };
    const closeByKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      setIsOpen(false);
      toggle.current?.focus();
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    document.addEventListener('keydown', closeByKey);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
      document.removeEventListener('keydown', closeByKey);
    };
  }, [isOpen]);

  const leave = async (): Promise<void> => {
    setProblem(null);
    try {
      await signOut();
      await navigate('/');
    } catch {
      setProblem('Signing out did not work. Check your connection and try again.');
    }
  };

  return (
    <div ref={root} className={styles.root}>
      <button
        ref={toggle}
        type="button"
        className={styles.toggle}
        aria-expanded={isOpen}
        aria-label={`Account of ${user.username}`}
        onClick={() => setIsOpen(!isOpen)}
      >
        <Avatar name={user.username} role={user.role} />
        <span className={styles.name}>{user.username}</span>
      </button>
      {isOpen && (
        <div className={styles.menu}>
          <p className={styles.who}>
            <strong>{user.username}</strong>
            <span>{user.email}</span>
            <span>{ROLE_NAMES[user.role]}</span>
          </p>
          {(user.role === 'dj' || user.role === 'performer') &&
            PLACES.map(({ to, name }) => (
              <Link key={to} to={to} className={styles.item} onClick={() => setIsOpen(false)}>
                {name}
              </Link>
            ))}
          <button type="button" className={styles.item} onClick={() => void leave()}>
            Sign out
          </button>
          {problem !== null && (
            <p className={styles.problem} role="alert">
              {problem}
            </p>
          )}
        </div>
      )}
    </div>
  );
}
