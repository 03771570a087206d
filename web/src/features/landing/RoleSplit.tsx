import { Link } from 'react-router';

import type { CreatorType } from '@/api/types';
import { Icon } from '@/components/Icon';

import styles from './RoleSplit.module.css';

const HALVES: { role: CreatorType; name: string; says: string }[] = [
  { role: 'dj', name: 'DJs', says: 'Sets, mixed live, in stereo.' },
  { role: 'performer', name: 'Performers', says: 'Live on camera, from wherever they are.' },
];

/** The two sides of the house. The chosen one leads back to both. */
export function RoleSplit({ chosen }: { chosen: CreatorType | undefined }) {
  return (
    <nav className={styles.split} aria-label="DJs and performers">
      {HALVES.map(({ role, name, says }) => (
        <Link
          key={role}
          to={chosen === role ? '/#live' : `/?role=${role}#live`}
          preventScrollReset
          className={[styles.half, styles[role]].join(' ')}
          aria-current={chosen === role ? 'true' : undefined}
        >
          <span className={styles.name}>{name}</span>
          <span className={styles.says}>{says}</span>
          <Icon name={chosen === role ? 'close' : 'arrow'} />
        </Link>
      ))}
    </nav>
  );
}
