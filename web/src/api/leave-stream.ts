import { http } from './client';

/** Says that a viewer has left. Outlives the page it is sent from. */
export async function leaveStream(id: string, viewerId: string): Promise<void> {
  await http.send('POST', `/stream/${encodeURIComponent(id)}/leave`, { body: { viewerId }, keepalive: true });
}
