import { http } from '../client';

import type { EncoderWishes } from './types';

export async function getEncoder(signal?: AbortSignal): Promise<EncoderWishes> {
  return (await http.send('GET', '/stream/encoder', { ...(signal && { signal }) })) as EncoderWishes;
}
