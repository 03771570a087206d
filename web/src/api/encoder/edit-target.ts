import { http } from '../client';

import type { TargetWishes } from './types';

/** What is not named stays as it is, the key too. */
export async function editTarget(id: string, changes: Partial<Omit<TargetWishes, 'platform'>>): Promise<void> {
  await http.send('PATCH', `/stream/targets/${id}`, { body: changes });
}
