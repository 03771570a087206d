import { useState } from 'react';

import type { Chat } from '@/api/chat/useChat';
import { ApiError } from '@/lib/http';

import styles from './MessageList.module.css';
import { MessageLine } from './MessageLine';
import { useStickToEnd } from './useStickToEnd';

interface MessageListProps {
  chat: Chat;
  userId: string | null;
  isOpen: boolean;
}

/** The newest messages. It follows the newest until its reader scrolls up. */
export function MessageList({ chat, userId, isOpen }: MessageListProps) {
  const { log } = chat;
  const newest = log.messages.at(-1)?.number ?? 0;
  const { scroller, seen, isAtEnd, onScroll, goToEnd } = useStickToEnd(newest);
  const [opened, setOpened] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const fresh = isAtEnd ? 0 : log.messages.filter(({ number }) => number > seen).length;

  const act = (deed: Promise<void>): void => {
    setProblem(null);
    setOpened(null);
    // The button that was pressed goes, and the focus would be lost with it.
    scroller.current?.focus({ preventScroll: true });
    deed.catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    });
  };
  return (
    <div className={styles.frame}>
      {/* Whoever has no mouse scrolls it with the arrow keys. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={scroller} className={styles.scroller} tabIndex={0} role="log" aria-label="Messages" onScroll={onScroll}>
        {log.messages.length === 0 && (
          <p className={styles.empty}>{isOpen ? 'Nobody has written yet. Say hello!' : 'Nothing was written here.'}</p>
        )}
        {log.messages.map((message) => (
          <MessageLine
            key={message.id}
            message={message}
            isOwn={message.userId === userId}
            isSilenced={log.silenced.has(message.userId)}
            mayModerate={log.mayModerate}
            isOpened={opened === message.id}
            onOpen={(isWanted) => setOpened(isWanted ? message.id : null)}
            onRemove={() => act(chat.remove(message))}
            onSilence={(isSilenced) => act(chat.silence(message.userId, isSilenced))}
          />
        ))}
      </div>
      {fresh > 0 && (
        <button type="button" className={styles.fresh} data-testid="new-messages" onClick={goToEnd}>
          {fresh === 1 ? '1 new message' : `${fresh} new messages`}
        </button>
      )}
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
