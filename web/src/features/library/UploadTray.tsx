import { useId } from 'react';

import { Icon } from '@/components/Icon';
import { formatDuration } from '@/lib/format';
import { formatBytes } from '@/lib/upload/audio-file';
import type { Upload } from '@/lib/upload/upload-queue';

import type { Uploads } from './useUploads';
import styles from './UploadTray.module.css';

/** What is on its way to the platform; nothing at all when nothing is. */
export function UploadTray({ uploads, onPick }: { uploads: Uploads; onPick: () => void }) {
  const headingId = useId();
  const { list, queue } = uploads;
  const { uploads: all, unfinished } = list;
  if (all.length === 0 && unfinished.length === 0) return null;
  const left = all.filter(({ state }) => state === 'waiting' || state === 'sending').length;
  const isOver = all.some(({ state }) => state === 'done' || state === 'refused');
  return (
    <section className={styles.tray} aria-labelledby={headingId} data-testid="upload-tray">
      <header>
        <h3 id={headingId}>{left > 0 ? `Uploading, ${left} to go` : 'Uploads'}</h3>
        {isOver && (
          <button type="button" className={styles.clear} onClick={() => queue.clearFinished()}>
            Clear finished
          </button>
        )}
      </header>
      <ul className={styles.list}>
        {all.map((upload) => (
          <UploadItem key={upload.id} upload={upload} queue={queue} />
        ))}
        {unfinished.map(({ key, name, size }) => (
          <li key={key} className={styles.item} data-state="unfinished">
            <span className={styles.name}>{name}</span>
            <span className={styles.say}>
              Broke off ({formatBytes(size)}). Choose the file again to go on where it was.
            </span>
            <span className={styles.acts}>
              <button type="button" onClick={onPick} aria-label={`Choose ${name} again`}>
                <Icon name="upload" />
              </button>
              <button type="button" onClick={() => queue.forget(key)} aria-label={`Forget ${name}`}>
                <Icon name="close" />
              </button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function UploadItem({ upload, queue }: { upload: Upload; queue: Uploads['queue'] }) {
  const { id, name, size, sent, state } = upload;
  const isMoving = state === 'sending' || state === 'waiting';
  return (
    <li className={styles.item} data-state={state} data-testid="upload">
      <span className={styles.name}>{name}</span>
      <span className={styles.say} role={state === 'failed' || state === 'refused' ? 'alert' : undefined}>
        {sentenceOf(upload)}
      </span>
      {state !== 'refused' && (
        <progress
          className={styles.bar}
          max={size}
          value={state === 'done' ? size : sent}
          aria-label={`${name}, sent`}
        />
      )}
      <span className={styles.acts}>
        {isMoving && (
          <button type="button" onClick={() => queue.pause(id)} aria-label={`Pause ${name}`}>
            <Icon name="pause" />
          </button>
        )}
        {state === 'paused' && (
          <button type="button" onClick={() => queue.resume(id)} aria-label={`Go on with ${name}`}>
            <Icon name="play" />
          </button>
        )}
        {state === 'failed' && (
          <button type="button" onClick={() => queue.resume(id)} aria-label={`Try ${name} again`}>
            <Icon name="retry" />
          </button>
        )}
        <button
          type="button"
          onClick={() => queue.remove(id)}
          aria-label={state === 'done' || state === 'refused' ? `Take ${name} off the list` : `Cancel ${name}`}
        >
          <Icon name="close" />
        </button>
      </span>
    </li>
  );
}

function sentenceOf({ state, size, sent, bytesPerSecond, remainingS, problem }: Upload): string {
  const part = `${formatBytes(sent)} of ${formatBytes(size)}`;
  switch (state) {
    case 'waiting':
      return `${formatBytes(size)}, waiting its turn`;
    case 'sending': {
      if (bytesPerSecond === null) return part;
      const speed = `${part}, ${formatBytes(bytesPerSecond)}/s`;
      return remainingS === null || remainingS < 1 ? speed : `${speed}, ${formatDuration(remainingS)} left`;
    }
    case 'paused':
      return `Paused at ${part}`;
    case 'failed':
    case 'refused':
      return problem ?? 'It did not get through.';
    case 'done':
      return 'Here. It is being checked and analysed.';
  }
}
