import { http } from '../client';

import type { TargetWishes } from './types';

export async function createTarget(wishes: TargetWishes): Promise<void> {
  await http.send('POST', '/stream/targets', { body: wishes });
}
