import { useEffect, useRef } from 'react';

import { Icon } from '@/components/Icon';
import type { ChatMessage } from '@/lib/chat';

import styles from './MessageLine.module.css';

const BADGES = { creator: 'Creator', dj: 'DJ', admin: 'Admin' };

interface MessageLineProps {
  message: ChatMessage;
  isOwn: boolean;
  isSilenced: boolean;
  mayModerate: boolean;
  /** Whether what a moderator may do is shown. */
  isOpened: boolean;
  onOpen: (isWanted: boolean) => void;
  onRemove: () => void;
  onSilence: (isSilenced: boolean) => void;
}

/** Who wrote, and what. */
export function MessageLine(props: MessageLineProps) {
  const { message, isOwn, mayModerate, isOpened } = props;
  const { username, badge, text, sentAt, role } = message;
  return (
    <div className={styles.line} data-own={isOwn} data-testid="chat-message">
      <p className={styles.words}>
        <span className={styles.author} data-role={role}>
          {username}
        </span>
        {badge !== null && (
          <span className={styles.badge} data-badge={badge}>
            {BADGES[badge]}
          </span>
        )}
        {isOwn && <span className={styles.badge}>You</span>}
        {/* What is written may run from right to left; the name before it does not turn with it. */}
        <bdi className={styles.text}>{text}</bdi>
      </p>
      <time className={styles.time} dateTime={sentAt} title={new Date(sentAt).toLocaleString()}>
        {timeOf(sentAt)}
      </time>
      {mayModerate && (
        <button
          type="button"
          className={styles.more}
          aria-expanded={isOpened}
          aria-label={`Moderate the message of ${username}`}
          data-testid="moderate"
          onClick={() => props.onOpen(!isOpened)}
        >
          <Icon name="more" />
        </button>
      )}
      {mayModerate && isOpened && <Deeds {...props} />}
    </div>
  );
}

function Deeds({ message, isSilenced, onOpen, onRemove, onSilence }: MessageLineProps) {
  const deeds = useRef<HTMLDivElement>(null);
  // Under the last message they would open below the edge.
  useEffect(() => {
    // Braces, since newer browsers return a promise, which is no clean-up of an effect.
    deeds.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    // Escape is for any of the buttons inside.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={deeds}
      className={styles.deeds}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onOpen(false);
      }}
    >
      <button type="button" data-testid="remove-message" onClick={onRemove}>
        <Icon name="trash" />
        Remove
      </button>
      {message.badge === null && (
        <button type="button" data-testid="silence" onClick={() => onSilence(!isSilenced)}>
          <Icon name={isSilenced ? 'volume' : 'volumeOff'} />
          {isSilenced ? `Let ${message.username} write` : `Silence ${message.username}`}
        </button>
      )}
    </div>
  );
}

function timeOf(sentAt: string): string {
  return new Date(sentAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
