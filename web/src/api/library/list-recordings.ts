import { http } from '../client';

import type { Paged, Recording } from './types';

/** The newest first. */
export async function listRecordings(page: number, perPage: number, signal?: AbortSignal): Promise<Paged<Recording>> {
  const query = { page, perPage };
  return (await http.send('GET', '/dj/recordings', { query, ...(signal && { signal }) })) as Paged<Recording>;
}
