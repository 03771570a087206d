import { http } from '../client';

import type { QueueEntry } from './types';

export async function getQueue(signal?: AbortSignal): Promise<QueueEntry[]> {
  return ((await http.send('GET', '/dj/queue', { ...(signal && { signal }) })) as { entries: QueueEntry[] }).entries;
}
