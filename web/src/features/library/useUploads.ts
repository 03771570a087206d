import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';

import { session } from '@/api/client';
import { TusTransfers } from '@/lib/upload/tus-transfers';
import { UploadQueue, type UploadList } from '@/lib/upload/upload-queue';

const ENDPOINT = '/api/v1/dj/uploads';

/** Uploads go on while one looks at other pages: they belong to the person, not to the panel. */
let current: { userId: string; queue: UploadQueue } | null = null;

function queueOf(userId: string): UploadQueue {
  if (current?.userId !== userId) {
    current?.queue.dispose();
    current = { userId, queue: new UploadQueue(new TusTransfers(ENDPOINT, session, userId)) };
  }
  return current.queue;
}

export interface Uploads {
  list: UploadList;
  queue: UploadQueue;
}

/** The uploads of `userId`, told of what `freeBytes` leave room for. */
export function useUploads(
  userId: string,
  freeBytes: number | null,
  onDone: (trackId: string | null) => void,
): Uploads {
  const [queue] = useState(() => queueOf(userId));
  const list = useSyncExternalStore(queue.subscribe, queue.getSnapshot);
  const done = useEffectEvent(onDone);
  useEffect(() => {
    queue.freeBytes = freeBytes;
  }, [queue, freeBytes]);
  useEffect(() => queue.onDone((trackId) => done(trackId)), [queue]);
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent): void => {
      if (queue.isBusy) event.preventDefault();
    };
    window.addEventListener('beforeunload', guard);
    return () => window.removeEventListener('beforeunload', guard);
  }, [queue]);
  return { list, queue };
}
