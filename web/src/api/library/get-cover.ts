import { http } from '../client';

export function getCover(id: string, signal?: AbortSignal): Promise<Blob> {
  return http.receive(`/dj/track/${id}/cover`, { ...(signal && { signal }) });
}
