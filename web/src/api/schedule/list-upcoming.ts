import type { Stream } from '../types';
import { http } from '../client';

/** What everybody has announced, the next first. */
export async function listUpcoming(signal?: AbortSignal): Promise<Stream[]> {
  return ((await http.send('GET', '/stream/upcoming', { ...(signal && { signal }) })) as { streams: Stream[] }).streams;
}
