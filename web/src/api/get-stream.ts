import type { Stream } from './types';
import { http } from './client';

export async function getStream(id: string, signal?: AbortSignal): Promise<Stream> {
  const answer = await http.send('GET', `/stream/${encodeURIComponent(id)}`, signal ? { signal } : {});
  return (answer as { stream: Stream }).stream;
}
