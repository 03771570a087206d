import { http } from '../client';

import type { Crate } from './types';

export async function createCrate(name: string): Promise<Crate> {
  return ((await http.send('POST', '/dj/crates', { body: { name } })) as { crate: Crate }).crate;
}
