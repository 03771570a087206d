import { http } from '../client';

/** Calls it off. */
export async function deleteScheduled(id: string): Promise<void> {
  await http.send('DELETE', `/stream/schedule/${id}`);
}
