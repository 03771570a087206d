import type { ChatMessage } from '@/lib/chat';

import { http } from '../client';

export async function sendMessage(streamId: string, text: string): Promise<ChatMessage> {
  const answer = await http.send('POST', '/stream/chat/message', { body: { streamId, text } });
  return (answer as { message: ChatMessage }).message;
}
