import { http } from '../client';
import type { Stream } from '../types';

/** Takes the open booth on air. */
export async function goOnAir(title: string, description: string): Promise<Stream> {
  const body = { title, source: 'mix', ...(description !== '' && { description }) };
  return ((await http.send('POST', '/dj/start-stream', { body })) as { stream: Stream }).stream;
}
