import type { StreamKey } from '@/api/encoder/types';
import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';
import { formatDay } from '@/lib/dates';

import styles from './KeyPanel.module.css';

interface KeyRowProps {
  streamKey: StreamKey;
  onRotate: () => void;
  onRevoke: () => void;
}

/** A key that is good, by its last characters. */
export function KeyRow({ streamKey, onRotate, onRevoke }: KeyRowProps) {
  const { label, hint, createdAt, lastUsedAt } = streamKey;
  const name = label === '' ? 'Stream key' : label;
  return (
    <li className={styles.key} data-testid="stream-key">
      <Icon name="key" />
      <p>
        <b>{name}</b>
        <span>
          <code>nrs_…{hint}</code> · made {formatDay(createdAt)} ·{' '}
          {lastUsedAt === null ? 'never used' : `last used ${formatDay(lastUsedAt)}`}
        </span>
      </p>
      <div>
        <Button size="small" aria-label={`New secret for ${name}`} onClick={onRotate}>
          <Icon name="retry" />
          Renew
        </Button>
        <Button size="small" kind="ghost" aria-label={`Revoke ${name}`} onClick={onRevoke}>
          <Icon name="trash" />
        </Button>
      </div>
    </li>
  );
}
