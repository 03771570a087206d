import { http } from '../client';

import type { Replay } from './types';

export interface ReplayGrant {
  replay: Replay;
  /** Carries a token of its own where the replay is not public. */
  playlistUrl: string;
  /** The MP4, for the browser to save; null for all but its creator. */
  downloadUrl: string | null;
}

export async function watchReplay(id: string, signal?: AbortSignal): Promise<ReplayGrant> {
  return (await http.send('POST', `/replay/${encodeURIComponent(id)}/watch`, {
    ...(signal && { signal }),
  })) as ReplayGrant;
}
