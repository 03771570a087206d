import { http } from '../client';

import type { Crate } from './types';

export async function listCrates(): Promise<Crate[]> {
  return ((await http.send('GET', '/dj/crates')) as { crates: Crate[] }).crates;
}
