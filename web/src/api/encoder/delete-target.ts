import { http } from '../client';

export async function deleteTarget(id: string): Promise<void> {
  await http.send('DELETE', `/stream/targets/${id}`);
}
