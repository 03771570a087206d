import type { Stream } from './types';
import { http } from './client';

/** One's own stream that has not ended, if there is one. */
export async function currentStream(signal?: AbortSignal): Promise<Stream | null> {
  return ((await http.send('GET', '/stream/current', signal ? { signal } : {})) as { stream: Stream | null }).stream;
}
