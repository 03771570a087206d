import { http } from '../client';

export async function removeMessage(streamId: string, messageId: string): Promise<void> {
  await http.send('DELETE', `/stream/chat/${streamId}/message/${messageId}`);
}
