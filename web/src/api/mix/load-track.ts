import { http } from '../client';

export type LoadPlace = { deck: number } | { pad: number };

/** Puts a track on a deck or a pad of the sampler, or takes it off with null. Resolves when the mixer has taken it. */
export async function loadTrack(mixId: string, place: LoadPlace, trackId: string | null): Promise<void> {
  await http.send('POST', `/dj/mix/${encodeURIComponent(mixId)}/load`, { body: { ...place, trackId } });
}
