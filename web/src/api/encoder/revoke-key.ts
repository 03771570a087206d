import { http } from '../client';

/** An encoder that is connected with it is cut off. */
export async function revokeKey(id: string): Promise<void> {
  await http.send('DELETE', `/stream/keys/${id}`);
}
