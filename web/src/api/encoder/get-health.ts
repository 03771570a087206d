import { http } from '../client';

import type { StreamHealth } from './types';

export async function getHealth(streamId: string, signal?: AbortSignal): Promise<StreamHealth> {
  return (await http.send('GET', `/stream/${streamId}/health`, { ...(signal && { signal }) })) as StreamHealth;
}
