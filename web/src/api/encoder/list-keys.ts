import { http } from '../client';

import type { IngestServer, StreamKey } from './types';

export interface KeyRing {
  keys: StreamKey[];
  server: IngestServer;
}

export async function listKeys(signal?: AbortSignal): Promise<KeyRing> {
  return (await http.send('GET', '/stream/keys', { ...(signal && { signal }) })) as KeyRing;
}
