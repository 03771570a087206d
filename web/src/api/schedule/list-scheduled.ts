import type { Stream } from '../types';
import { http } from '../client';

/** What one has announced, the next first. */
export async function listScheduled(signal?: AbortSignal): Promise<Stream[]> {
  return ((await http.send('GET', '/stream/schedule', { ...(signal && { signal }) })) as { streams: Stream[] }).streams;
}
