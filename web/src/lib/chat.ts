import { isRecord } from './http';
import type { Role } from './session';

/** What somebody wrote beside a stream. Text is plain text. */
export interface ChatMessage {
  id: string;
  /** Grows from message to message: their order. */
  number: number;
  streamId: string;
  userId: string;
  username: string;
  role: Role;
  badge: 'creator' | 'dj' | 'admin' | null;
  text: string;
  /** RFC 3339, UTC. */
  sentAt: string;
}

/** Messages as the platform answers them, the newest first, and what one may do. */
export interface ChatReading {
  messages: ChatMessage[];
  hasMore: boolean;
  mayModerate: boolean;
  isSilenced: boolean;
}

export interface ChatLog {
  status: 'loading' | 'ready' | 'failed';
  /** The newest SHOWN, the oldest first. */
  messages: ChatMessage[];
  mayModerate: boolean;
  isSilenced: boolean;
  /** Who may not write, as far as a moderator was told. */
  silenced: ReadonlySet<string>;
  /** Why it could not be read, for people. */
  problem: string | null;
  /** What was heard and removed since it was last asked for: the answer may have been read before that. */
  since: { heard: ChatMessage[]; removed: ReadonlySet<string> };
}

export type ChatAction =
  | { type: 'asked' }
  | { type: 'read'; reading: ChatReading; silenced: string[] }
  | { type: 'failed'; message: string }
  | { type: 'heard'; message: ChatMessage }
  | { type: 'removed'; messageId: string }
  | { type: 'silenced'; userId: string; isSilenced: boolean };

export const SHOWN = 200;

export const NO_CHAT: ChatLog = {
  status: 'loading',
  messages: [],
  mayModerate: false,
  isSilenced: false,
  silenced: new Set(),
  problem: null,
  since: { heard: [], removed: new Set() },
};

export function reduceChat(log: ChatLog, action: ChatAction): ChatLog {
  switch (action.type) {
    case 'asked':
      return { ...log, since: { heard: [], removed: new Set() } };
    case 'read': {
      const { messages, mayModerate, isSilenced } = action.reading;
      const there = messages.filter(({ id }) => !log.since.removed.has(id));
      return {
        ...log,
        status: 'ready',
        messages: merged(there, log.since.heard),
        mayModerate,
        isSilenced,
        silenced: new Set(action.silenced),
        problem: null,
      };
    }
    case 'failed':
      return { ...log, status: log.status === 'ready' ? 'ready' : 'failed', problem: action.message };
    case 'heard':
      if (log.since.removed.has(action.message.id)) return log;
      return {
        ...log,
        messages: merged(log.messages, [action.message]),
        since: { ...log.since, heard: merged(log.since.heard, [action.message]) },
      };
    case 'removed': {
      const isLeft = ({ id }: ChatMessage): boolean => id !== action.messageId;
      return {
        ...log,
        messages: log.messages.filter(isLeft),
        since: {
          heard: log.since.heard.filter(isLeft),
          removed: new Set([...log.since.removed, action.messageId]),
        },
      };
    }
    case 'silenced': {
      const silenced = new Set(log.silenced);
      if (action.isSilenced) silenced.add(action.userId);
      else silenced.delete(action.userId);
      return { ...log, silenced };
    }
  }
}

/** Both, each message once, in order; the newest SHOWN of them. */
function merged(some: ChatMessage[], more: ChatMessage[]): ChatMessage[] {
  const all = new Map([...some, ...more].map((message) => [message.id, message]));
  return [...all.values()].sort((a, b) => a.number - b.number).slice(-SHOWN);
}

export function isMessage(value: unknown): value is ChatMessage {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    typeof value.number === 'number' &&
    typeof value.username === 'string' &&
    typeof value.text === 'string'
  );
}
