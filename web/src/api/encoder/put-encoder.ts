import { http } from '../client';

import type { EncoderWishes } from './types';

export async function putEncoder(wishes: EncoderWishes): Promise<void> {
  await http.send('PUT', '/stream/encoder', { body: wishes });
}
