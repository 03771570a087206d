import { http } from '../client';

import type { KeyWithSecret } from './types';

export async function createKey(label: string): Promise<KeyWithSecret> {
  return (await http.send('POST', '/stream/keys', { body: label === '' ? {} : { label } })) as KeyWithSecret;
}
