import { http } from '../client';

import type { Mix } from './types';

/** Makes another member the lead. Nothing that is heard changes. */
export async function handOver(mixId: string, userId: string): Promise<Mix> {
  const path = `/dj/mix/${encodeURIComponent(mixId)}/hand-over`;
  return ((await http.send('POST', path, { body: { userId } })) as { mix: Mix }).mix;
}
