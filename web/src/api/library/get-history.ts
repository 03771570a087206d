import { http } from '../client';

import type { Paged, Played } from './types';

export async function getHistory(page: number, perPage: number, signal?: AbortSignal): Promise<Paged<Played>> {
  const query = { page, perPage };
  return (await http.send('GET', '/dj/history', { query, ...(signal && { signal }) })) as Paged<Played>;
}
