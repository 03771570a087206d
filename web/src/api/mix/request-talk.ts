import { http } from '../client';

import type { TalkGrant } from './types';

/** A grant of a new generation: this device takes microphone and camera over. */
export async function requestTalk(mixId: string, signal?: AbortSignal): Promise<TalkGrant> {
  const path = `/dj/mix/${encodeURIComponent(mixId)}/talk`;
  return ((await http.send('POST', path, signal ? { signal } : {})) as { talk: TalkGrant }).talk;
}
