import { http } from '../client';

/** Puts a track at the end of the queue. */
export async function queueTrack(trackId: string): Promise<void> {
  await http.send('POST', '/dj/queue', { body: { trackId } });
}
