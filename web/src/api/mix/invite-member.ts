import { http } from '../client';

import type { Mix } from './types';

export async function inviteMember(mixId: string, username: string): Promise<Mix> {
  const path = `/dj/mix/${encodeURIComponent(mixId)}/members`;
  return ((await http.send('POST', path, { body: { username } })) as { mix: Mix }).mix;
}
