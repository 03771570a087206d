import { http } from '../client';

/** Closes the booth, and ends its stream. */
export async function closeMix(mixId: string): Promise<void> {
  await http.send('POST', `/dj/mix/${encodeURIComponent(mixId)}/close`);
}
