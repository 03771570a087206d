import type { StorageUse } from '@/api/library/types';
import { formatBytes } from '@/lib/upload/audio-file';

import styles from './StorageMeter.module.css';

/** How much of one's storage is used: by tracks, and by recordings, which have room of their own. */
export function StorageMeter({ storage }: { storage: StorageUse }) {
  return (
    <div className={styles.storage} data-testid="storage">
      <Use name="Tracks" usedBytes={storage.usedBytes} limitBytes={storage.limitBytes} />
      <Use name="Recordings" usedBytes={storage.recordingsBytes} limitBytes={storage.recordingsLimitBytes} />
    </div>
  );
}

function Use({ name, usedBytes, limitBytes }: { name: string; usedBytes: number; limitBytes: number }) {
  const share = limitBytes === 0 ? 1 : usedBytes / limitBytes;
  return (
    <div className={styles.use} data-level={share >= 1 ? 'full' : share >= 0.9 ? 'high' : 'fine'}>
      <span>{name}</span>
      <span>
        {formatBytes(usedBytes)} of {formatBytes(limitBytes)}
        {share >= 1 && ': full'}
      </span>
      <meter
        className={styles.meter}
        min={0}
        max={limitBytes}
        high={limitBytes * 0.9}
        value={usedBytes}
        aria-label={`Storage used by ${name.toLowerCase()}`}
      />
    </div>
  );
}
