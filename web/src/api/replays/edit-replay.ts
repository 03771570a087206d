import { http } from '../client';

import type { Replay, Visibility } from './types';

export interface ReplayChanges {
  title?: string;
  description?: string;
  visibility?: Visibility;
  /** From now on; null for ever. */
  keepDays?: number | null;
}

export async function editReplay(id: string, changes: ReplayChanges): Promise<Replay> {
  return ((await http.send('PATCH', `/replay/${id}`, { body: changes })) as { replay: Replay }).replay;
}
