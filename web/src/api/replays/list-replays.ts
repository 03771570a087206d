import type { Paged } from '../types';
import { http } from '../client';

import type { Replay } from './types';

/** The newest first: public ones, and of one's own also those that are private. */
export async function listReplays(
  wanted: { page: number; perPage: number; creatorId?: string },
  signal?: AbortSignal,
): Promise<Paged<Replay>> {
  return (await http.send('GET', '/stream/replays', { query: wanted, ...(signal && { signal }) })) as Paged<Replay>;
}
