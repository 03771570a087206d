import { http } from '../client';

export async function renameCrate(id: string, name: string): Promise<void> {
  await http.send('PATCH', `/dj/crates/${id}`, { body: { name } });
}
