import { http } from '../client';

/** What a track looks like; see `lib/mix/waveform`. */
export async function getWaveform(
  trackId: string,
  detail: 'overview' | 'full',
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  const path = `/dj/track/${encodeURIComponent(trackId)}/waveform`;
  const blob = await http.receive(path, { query: { detail }, ...(signal && { signal }) });
  return blob.arrayBuffer();
}
