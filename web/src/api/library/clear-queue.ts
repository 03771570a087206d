import { http } from '../client';

export async function clearQueue(): Promise<void> {
  await http.send('DELETE', '/dj/queue');
}
