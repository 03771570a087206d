import { http } from '../client';

import type { StorageUse } from './types';

export async function getStorage(signal?: AbortSignal): Promise<StorageUse> {
  return (await http.send('GET', '/dj/storage', { ...(signal && { signal }) })) as StorageUse;
}
