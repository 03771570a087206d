import { http } from '../client';

/** Has somebody write in the chat of a stream no more, or again. */
export async function setSilence(streamId: string, userId: string, isSilenced: boolean): Promise<void> {
  const path = `/stream/chat/${streamId}/silence`;
  if (isSilenced) await http.send('POST', path, { body: { userId } });
  else await http.send('DELETE', `${path}/${userId}`);
}
