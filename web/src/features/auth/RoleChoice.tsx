import { Icon } from '@/components/Icon';
import type { Registration } from '@/api/register';

import styles from './RoleChoice.module.css';

type Choice = Registration['role'];

const CHOICES: { role: Choice; name: string; says: string }[] = [
  { role: 'dj', name: 'DJ', says: 'I play music. I go live with my sets.' },
  { role: 'performer', name: 'Performer', says: 'I am the show. I go live from my camera.' },
  { role: 'viewer', name: 'Viewer', says: 'I am here to watch and listen.' },
];

interface RoleChoiceProps {
  chosen: Choice | null;
  error: string | undefined;
  onChoose: (role: Choice) => void;
}

export function RoleChoice({ chosen, error, onChoose }: RoleChoiceProps) {
  return (
    <fieldset className={styles.roles} aria-describedby={error === undefined ? undefined : 'role-error'}>
      <legend>What brings you here?</legend>
      {CHOICES.map(({ role, name, says }) => (
        <label key={role} className={[styles.choice, styles[role]].join(' ')}>
          <input
            type="radio"
            name="role"
            value={role}
            checked={chosen === role}
            data-testid={`role-${role}`}
            onChange={() => onChoose(role)}
          />
          <span className={styles.text}>
            <strong>{name}</strong>
            <span>{says}</span>
          </span>
          <span className={styles.tick}>
            <Icon name="check" />
          </span>
        </label>
      ))}
      {error !== undefined && (
        <p id="role-error" className={styles.error}>
          {error}
        </p>
      )}
    </fieldset>
  );
}
