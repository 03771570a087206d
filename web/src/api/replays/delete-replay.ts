import { http } from '../client';

export async function deleteReplay(id: string): Promise<void> {
  await http.send('DELETE', `/replay/${id}`);
}
