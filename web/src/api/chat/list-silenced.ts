import { http } from '../client';

/** The ids of those who were silenced last; for moderators. */
export async function listSilenced(streamId: string, signal: AbortSignal): Promise<string[]> {
  const answer = await http.send('GET', `/stream/chat/${streamId}/silence`, { query: { perPage: 100 }, signal });
  return (answer as { items: { userId: string }[] }).items.map(({ userId }) => userId);
}
