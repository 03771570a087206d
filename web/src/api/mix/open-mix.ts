import { http } from '../client';

import type { OpenMix } from './types';

/** Opens one's booth, or finds it open. */
export async function openMix(deckCount: 2 | 4): Promise<OpenMix> {
  return (await http.send('POST', '/dj/mix', { body: { deckCount } })) as OpenMix;
}
