import { http } from '../client';

/** Puts a track on a deck, or ejects with null. Resolves when the mixer has taken it. */
export async function loadTrack(mixId: string, deck: number, trackId: string | null): Promise<void> {
  await http.send('POST', `/dj/mix/${encodeURIComponent(mixId)}/load`, { body: { deck, trackId } });
}
