import type { Stream } from '../types';
import { http } from '../client';

import type { ScheduleWishes } from './types';

export async function scheduleStream(wishes: ScheduleWishes): Promise<Stream> {
  return ((await http.send('POST', '/stream/schedule', { body: wishes })) as { stream: Stream }).stream;
}
