import type { Stream, WatchGrant } from './types';
import { http } from './client';

export interface Joined {
  stream: Stream;
  viewerId: string;
  watch: WatchGrant;
}

export async function joinStream(id: string, signal?: AbortSignal): Promise<Joined> {
  return (await http.send('POST', `/stream/${encodeURIComponent(id)}/join`, signal ? { signal } : {})) as Joined;
}
