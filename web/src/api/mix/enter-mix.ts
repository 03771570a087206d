import { http } from '../client';

import type { Entered } from './types';

/** Grants for this device. */
export async function enterMix(mixId: string, signal?: AbortSignal): Promise<Entered> {
  const path = `/dj/mix/${encodeURIComponent(mixId)}/enter`;
  return (await http.send('POST', path, signal ? { signal } : {})) as Entered;
}
