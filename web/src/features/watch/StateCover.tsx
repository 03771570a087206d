import type { ReactNode } from 'react';

import { Button } from '@/components/Button';

import styles from './StateCover.module.css';
import type { WatchState } from './watch-state';

interface StateCoverProps {
  state: WatchState;
  creatorName: string | null;
  message: string | null;
  onRetry: () => void;
}

/** Says over the picture what is going on, unless the picture says it itself. */
export function StateCover({ state, creatorName, message, onRetry }: StateCoverProps) {
  const cover = coverOf(state, creatorName ?? 'the creator', message);
  return (
    <div
      className={styles.cover}
      data-testid="stream-state"
      data-state={state}
      data-shown={cover !== null}
      data-busy={cover?.isBusy ?? false}
    >
      <div role="status">
        {cover === null ? (
          <span className="visually-hidden">Live</span>
        ) : (
          <>
            <p className={styles.title}>{cover.title}</p>
            {cover.body !== null && <p>{cover.body}</p>}
          </>
        )}
      </div>
      {state === 'error' && (
        <Button kind="primary" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

interface Cover {
  title: string;
  body: ReactNode;
  isBusy: boolean;
}

function coverOf(state: WatchState, creator: string, message: string | null): Cover | null {
  switch (state) {
    case 'live':
      return null;
    case 'connecting':
      return { title: 'Connecting', body: null, isBusy: true };
    case 'waiting':
      return { title: 'About to start', body: `Waiting for ${creator} to come on.`, isBusy: true };
    case 'interrupted':
      return {
        title: 'Hold on',
        body: `${creator} lost the connection. The stream goes on when they are back.`,
        isBusy: true,
      };
    case 'reconnecting':
      return { title: 'Reconnecting', body: 'Your connection was lost for a moment.', isBusy: true };
    case 'error':
      return { title: 'It does not play', body: message ?? 'Neither way to this stream works here.', isBusy: false };
    case 'announced':
    case 'ended':
    case 'not-found':
      return { title: 'The stream is over', body: null, isBusy: false };
  }
}
