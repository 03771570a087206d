import { http } from '../client';

import type { KeyWithSecret } from './types';

/** A new secret in the place of the old one, which is good for nothing from then on. */
export async function rotateKey(id: string): Promise<KeyWithSecret> {
  return (await http.send('POST', `/stream/keys/${id}/rotate`)) as KeyWithSecret;
}
