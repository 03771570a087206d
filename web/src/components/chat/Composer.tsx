import { useId, useRef, useState, type SyntheticEvent } from 'react';
import { Link, useLocation } from 'react-router';

import type { Chat } from '@/api/chat/useChat';
import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';
import { ApiError } from '@/lib/http';

import styles from './Composer.module.css';

/** As the platform counts them; it measures again. */
const MAX_CHARS = 500;
const NEARLY_FULL = 400;

interface ComposerProps {
  chat: Chat;
  isSignedIn: boolean;
  isOpen: boolean;
}

/** The place to write, or why there is none. */
export function Composer({ chat, isSignedIn, isOpen }: ComposerProps) {
  const { pathname } = useLocation();
  if (!isOpen) return <p className={styles.note}>The stream is over, and the chat with it.</p>;
  if (!isSignedIn) {
    return (
      <p className={styles.note} data-testid="chat-invitation">
        <Link to="/login" state={{ from: pathname }}>
          Sign in
        </Link>{' '}
        or{' '}
        <Link to="/register" state={{ from: pathname }}>
          create an account
        </Link>{' '}
        to write.
      </p>
    );
  }
  if (chat.log.isSilenced) {
    return (
      <div className={styles.note} data-testid="chat-silenced">
        <p>You were silenced in this chat. You can read on.</p>
        <Button size="small" onClick={chat.again}>
          Look again
        </Button>
      </div>
    );
  }
  return <Writing chat={chat} />;
}

function Writing({ chat }: { chat: Chat }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const problemId = useId();
  const length = Array.from(text).length;

  const send = async (): Promise<void> => {
    setSending(true);
    setProblem(null);
    try {
      await chat.send(text);
      setText('');
    } catch (error) {
      // What was written stays, to be sent again.
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    } finally {
      setSending(false);
    }
  };
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    // The keyboard of a phone stays where it is.
    field.current?.focus();
    if (text.trim() !== '' && length <= MAX_CHARS && !isSending) void send();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {problem !== null && (
        <p id={problemId} className={styles.problem} role="alert" data-testid="chat-problem">
          {problem}
        </p>
      )}
      <div className={styles.row}>
        <input
          ref={field}
          className={styles.field}
          value={text}
          readOnly={isSending}
          aria-label="Write a message"
          aria-invalid={problem !== null || undefined}
          aria-describedby={problem === null ? undefined : problemId}
          placeholder="Write a message"
          autoComplete="off"
          enterKeyHint="send"
          data-testid="chat-input"
          onChange={(event) => setText(event.target.value)}
        />
        <button
          type="submit"
          className={styles.send}
          aria-label="Send"
          disabled={text.trim() === '' || length > MAX_CHARS}
          data-testid="chat-send"
          // A press would take the focus, and a phone's keyboard, from the field.
          onMouseDown={(event) => event.preventDefault()}
        >
          <Icon name="arrow" />
        </button>
      </div>
      {length > NEARLY_FULL && (
        <p className={styles.count} data-over={length > MAX_CHARS}>
          {MAX_CHARS - length} characters left
        </p>
      )}
    </form>
  );
}
