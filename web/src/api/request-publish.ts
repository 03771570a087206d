import type { PublishGrant } from './types';
import { http } from './client';

/** A grant of a new generation: whoever publishes by an older one gives way. */
export async function requestPublish(streamId: string, signal?: AbortSignal): Promise<PublishGrant> {
  const path = `/stream/${encodeURIComponent(streamId)}/publish`;
  return ((await http.send('POST', path, signal ? { signal } : {})) as { publish: PublishGrant }).publish;
}
