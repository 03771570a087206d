import { http } from '../client';

import type { Replay } from './types';

export interface ReplayGrant {
  replay: Replay;
  /** Carries a token of its own where the replay is not public. */
  playlistUrl: string;
}

export async function watchReplay(id: string, signal?: AbortSignal): Promise<ReplayGrant> {
  return (await http.send('POST', `/replay/${encodeURIComponent(id)}/watch`, {
    ...(signal && { signal }),
  })) as ReplayGrant;
}
