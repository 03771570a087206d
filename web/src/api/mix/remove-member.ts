import { http } from '../client';

import type { Mix } from './types';

/** The lead removes anyone else; any member removes themselves. */
export async function removeMember(mixId: string, userId: string): Promise<Mix> {
  const path = `/dj/mix/${encodeURIComponent(mixId)}/members/${encodeURIComponent(userId)}`;
  return ((await http.send('DELETE', path)) as { mix: Mix }).mix;
}
