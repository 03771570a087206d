import type { StorageUse } from '@/api/library/types';
import { formatBytes } from '@/lib/upload/audio-file';

import styles from './StorageMeter.module.css';

/** How much of one's storage is used. */
export function StorageMeter({ storage }: { storage: StorageUse }) {
  const { usedBytes, limitBytes } = storage;
  const share = limitBytes === 0 ? 1 : usedBytes / limitBytes;
  return (
    <div className={styles.storage} data-level={share >= 1 ? 'full' : share >= 0.9 ? 'high' : 'fine'}>
      <meter
        className={styles.meter}
        min={0}
        max={limitBytes}
        high={limitBytes * 0.9}
        value={usedBytes}
        aria-label="Storage used"
      />
      <span>
        {formatBytes(usedBytes)} of {formatBytes(limitBytes)}
        {share >= 1 && ': full'}
      </span>
    </div>
  );
}
