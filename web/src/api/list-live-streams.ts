import type { CreatorType, StreamPage } from './types';
import { http } from './client';

export interface LiveFilter {
  role: CreatorType | undefined;
  search: string;
}

export async function listLiveStreams(filter: LiveFilter, perPage: number, signal?: AbortSignal): Promise<StreamPage> {
  const query = { page: 1, perPage, role: filter.role, search: filter.search };
  return (await http.send('GET', '/stream/live', { query, ...(signal && { signal }) })) as StreamPage;
}
