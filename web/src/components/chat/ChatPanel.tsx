import type { Chat } from '@/api/chat/useChat';
import { Button } from '@/components/Button';

import styles from './ChatPanel.module.css';
import { Composer } from './Composer';
import { MessageList } from './MessageList';

interface ChatPanelProps {
  chat: Chat;
  /** Who reads; null for somebody who is not signed in. */
  userId: string | null;
  /** Whether the stream goes on: only then may one write. */
  isOpen: boolean;
}

/** What is written beside a stream, and the place to write. Its owner gives it a height. */
export function ChatPanel({ chat, userId, isOpen }: ChatPanelProps) {
  const { log } = chat;
  return (
    <section className={styles.panel} aria-label="Chat" data-testid="chat">
      <h2 className={styles.title}>Chat</h2>
      <Messages chat={chat} userId={userId} isOpen={isOpen} />
      {log.problem !== null && log.status === 'ready' && (
        <p className={styles.stale} role="status">
          Messages may be missing: we are trying to reach NRS Live.
        </p>
      )}
      <Composer chat={chat} isSignedIn={userId !== null} isOpen={isOpen} />
    </section>
  );
}

function Messages({ chat, userId, isOpen }: ChatPanelProps) {
  const { log } = chat;
  if (log.status === 'loading') {
    return (
      <p className={styles.state} role="status">
        Loading the chat…
      </p>
    );
  }
  if (log.status === 'failed') {
    return (
      <div className={styles.state} role="status">
        <p>The chat cannot be read now. {log.problem}</p>
        <Button size="small" onClick={chat.again}>
          Try again
        </Button>
      </div>
    );
  }
  return <MessageList chat={chat} userId={userId} isOpen={isOpen} />;
}
