import { http } from '../client';

import type { Track } from './types';

export async function getTrack(id: string, signal?: AbortSignal): Promise<Track> {
  return ((await http.send('GET', `/dj/track/${id}`, { ...(signal && { signal }) })) as { track: Track }).track;
}
