import type { Stream } from '../types';
import { http } from '../client';

/** Records a stream from now on, or no longer. */
export async function switchRecording(streamId: string, on: boolean): Promise<Stream> {
  return ((await http.send('POST', `/stream/${streamId}/recording`, { body: { on } })) as { stream: Stream }).stream;
}
