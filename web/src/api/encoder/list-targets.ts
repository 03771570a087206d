import { http } from '../client';

import type { Target } from './types';

export async function listTargets(signal?: AbortSignal): Promise<Target[]> {
  return ((await http.send('GET', '/stream/targets', { ...(signal && { signal }) })) as { targets: Target[] }).targets;
}
