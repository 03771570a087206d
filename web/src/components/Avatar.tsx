import type { Role } from '@/lib/session';

import styles from './Avatar.module.css';

/** The first letters of a name on the colour of a role. */
export function Avatar({ name, role }: { name: string; role: Role }) {
  const letters = Array.from(name.trim()).slice(0, 2).join('');
  return (
    <span className={[styles.avatar, styles[role]].join(' ')} aria-hidden="true">
      {letters}
    </span>
  );
}
