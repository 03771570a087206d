import { isRecord } from '@/lib/http';

import { http } from '../client';

export type Download =
  /** `progress` goes from 0 to 1. */
  { state: 'making'; progress: number } | { state: 'ready'; file: Blob };

/** The recording as one MP4, which is made when it is asked for the first time. */
export async function downloadReplay(id: string, signal: AbortSignal): Promise<Download> {
  const file = await http.receive(`/replay/${id}/download`, { signal });
  if (!file.type.startsWith('application/json')) return { state: 'ready', file };
  const answer: unknown = JSON.parse(await file.text());
  const data = isRecord(answer) && isRecord(answer.data) ? answer.data : {};
  return { state: 'making', progress: typeof data.progress === 'number' ? data.progress : 0 };
}
