import type { CreatorType, Stream } from './types';
import { http } from './client';

export async function endStream(role: CreatorType, streamId: string): Promise<Stream> {
  const answer = await http.send('POST', `/${role}/end-stream`, { body: { streamId } });
  return (answer as { stream: Stream }).stream;
}
