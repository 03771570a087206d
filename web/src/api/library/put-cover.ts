import { http } from '../client';

/** JPEG, PNG or WebP, 5 MB at most. */
export async function putCover(id: string, picture: Blob): Promise<void> {
  await http.send('PUT', `/dj/track/${id}/cover`, { body: picture });
}
