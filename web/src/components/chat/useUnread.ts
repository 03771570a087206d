import { useState } from 'react';

import type { ChatLog } from '@/lib/chat';

/** How many messages of others came while the chat was not shown. What was there before counts as read. */
export function useUnread(log: ChatLog, isShown: boolean, userId: string): number {
  const [seen, setSeen] = useState<number | null>(null);
  const newest = log.messages.at(-1)?.number ?? 0;
  const isReady = log.status === 'ready';
  if (isReady ? (isShown || seen === null) && seen !== newest : seen !== null && log.messages.length === 0) {
    setSeen(isReady ? newest : null);
  }
  if (isShown || seen === null) return 0;
  return log.messages.filter((message) => message.number > seen && message.userId !== userId).length;
}
