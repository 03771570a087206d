import { http } from '../client';

export async function deleteRecording(id: string): Promise<void> {
  await http.send('DELETE', `/dj/recordings/${id}`);
}
