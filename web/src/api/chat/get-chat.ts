import { SHOWN, type ChatReading } from '@/lib/chat';

import { http } from '../client';

/** The newest messages beside a stream, and what one may do there. */
export async function getChat(streamId: string, signal: AbortSignal): Promise<ChatReading> {
  const path = `/stream/chat/${encodeURIComponent(streamId)}`;
  return (await http.send('GET', path, { query: { limit: SHOWN }, signal })) as ChatReading;
}
