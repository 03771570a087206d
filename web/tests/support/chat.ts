import type { ChatMessage, ChatReading } from '@/lib/chat';

export function messageWith(changes: Partial<ChatMessage> = {}): ChatMessage {
  const number = changes.number ?? 1;
  return {
    id: `m${number}`,
    number,
    streamId: 's1',
    userId: 'u2',
    username: 'lina',
    role: 'viewer',
    badge: null,
    text: `message ${number}`,
    sentAt: '2026-03-04T10:00:00Z',
    ...changes,
  };
}

/** As the platform answers it: the newest first. */
export function readingOf(numbers: number[], changes: Partial<ChatReading> = {}): ChatReading {
  const messages = [...numbers].sort((a, b) => b - a).map((number) => messageWith({ number }));
  return { messages, hasMore: false, mayModerate: false, isSilenced: false, ...changes };
}
