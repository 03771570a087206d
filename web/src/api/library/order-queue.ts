import { http } from '../client';

/** Refused with QUEUE_CHANGED when these are not all the entries there are. */
export async function orderQueue(entryIds: string[]): Promise<void> {
  await http.send('PUT', '/dj/queue/order', { body: { entryIds } });
}
