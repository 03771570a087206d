import { http } from '../client';

export async function unqueue(entryId: string): Promise<void> {
  await http.send('DELETE', `/dj/queue/${entryId}`);
}
