import { http } from '../client';

/** The tracks in it stay in the library. */
export async function deleteCrate(id: string): Promise<void> {
  await http.send('DELETE', `/dj/crates/${id}`);
}
