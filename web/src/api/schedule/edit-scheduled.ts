import type { Stream } from '../types';
import { http } from '../client';

import type { ScheduleWishes } from './types';

export async function editScheduled(id: string, changes: Partial<ScheduleWishes>): Promise<Stream> {
  return ((await http.send('PATCH', `/stream/schedule/${id}`, { body: changes })) as { stream: Stream }).stream;
}
