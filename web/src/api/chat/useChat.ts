import { useCallback, useEffect, useEffectEvent, useReducer, useState } from 'react';

import { NO_CHAT, reduceChat, type ChatAction, type ChatLog, type ChatMessage } from '@/lib/chat';
import { ApiError } from '@/lib/http';
import { backoffMs, pause } from '@/lib/time';

import { liveSocket } from '../client';
import { getChat } from './get-chat';
import { listSilenced } from './list-silenced';
import { removeMessage } from './remove-message';
import { sendMessage } from './send-message';
import { setSilence } from './set-silence';

const POLL_MS = 5000;
/** All who watch are told at once that they missed something, and do not all ask at once. */
const MISSED_SPREAD_MS = 2000;

/** What is written beside a stream. What is sent rejects with ApiError. */
export interface Chat {
  log: ChatLog;
  send: (text: string) => Promise<void>;
  remove: (message: ChatMessage) => Promise<void>;
  silence: (userId: string, isSilenced: boolean) => Promise<void>;
  /** Reads everything again. */
  again: () => void;
}

/**
 * Follows the chat of a stream, null for none, as `userId`, null for nobody. It is read whenever a message may have
 * been missed, and every few seconds while Socket.IO does not get through.
 */
export function useChat(streamId: string | null, userId: string | null): Chat {
  const [held, dispatch] = useReducer(reduceHeld, { of: '', log: NO_CHAT });
  const [visit, setVisit] = useState(0);
  const mine = `${streamId ?? ''} ${userId ?? ''}`;
  // What is held of another stream, or was read as somebody else, is not shown.
  const log = held.of === mine ? held.log : NO_CHAT;

  const read = useEffectEvent(async (signal: AbortSignal): Promise<void> => {
    if (streamId === null) return;
    for (let failures = 1; ; failures += 1) {
      dispatch({ of: mine, action: { type: 'asked' } });
      try {
        const reading = await getChat(streamId, signal);
        const silenced = reading.mayModerate ? await listSilenced(streamId, signal) : [];
        dispatch({ of: mine, action: { type: 'read', reading, silenced } });
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        dispatch({ of: mine, action: { type: 'failed', message: error.message } });
        await pause(Math.max(backoffMs(failures), (error.retryAfterS ?? 0) * 1000), signal);
      }
    }
  });

  useEffect(() => {
    if (streamId === null) return;
    let reading = new AbortController();
    const readAgain = (): void => {
      reading.abort();
      reading = new AbortController();
      const { signal } = reading;
      read(signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    };
    let timer: ReturnType<typeof setInterval> | undefined;
    const poll = (isNeeded: boolean): void => {
      clearInterval(timer);
      if (isNeeded) timer = setInterval(readAgain, POLL_MS);
    };
    let missed: ReturnType<typeof setTimeout> | undefined;
    poll(true);
    readAgain();
    const stop = liveSocket.watchChat(streamId, {
      onMessage: (message) => dispatch({ of: mine, action: { type: 'heard', message } }),
      onRemoved: (messageId) => dispatch({ of: mine, action: { type: 'removed', messageId } }),
      onReadable: readAgain,
      onMissed: () => {
        clearTimeout(missed);
        missed = setTimeout(readAgain, Math.random() * MISSED_SPREAD_MS);
      },
      onFlowing: (isFlowing) => poll(!isFlowing),
    });
    return () => {
      poll(false);
      clearTimeout(missed);
      reading.abort();
      stop();
    };
  }, [streamId, mine, visit]);

  const again = useCallback(() => setVisit((count) => count + 1), []);
  const id = streamId ?? '';
  return {
    log,
    again,
    send: async (text) => {
      try {
        dispatch({ of: mine, action: { type: 'heard', message: await sendMessage(id, text) } });
      } catch (error) {
        if (error instanceof ApiError && error.code === 'CHAT_SILENCED') again();
        throw error;
      }
    },
    remove: async (message) => {
      try {
        await removeMessage(id, message.id);
      } catch (error) {
        // Another moderator was quicker.
        if (!(error instanceof ApiError) || error.code !== 'MESSAGE_NOT_FOUND') throw error;
      }
      dispatch({ of: mine, action: { type: 'removed', messageId: message.id } });
    },
    silence: async (whom, isSilenced) => {
      await setSilence(id, whom, isSilenced);
      dispatch({ of: mine, action: { type: 'silenced', userId: whom, isSilenced } });
    },
  };
}

interface Held {
  of: string;
  log: ChatLog;
}

function reduceHeld(held: Held, { of, action }: { of: string; action: ChatAction }): Held {
  if (held.of === of) return { of, log: reduceChat(held.log, action) };
  // What comes late, for a chat that was left, opens it no more.
  return action.type === 'asked' ? { of, log: reduceChat(NO_CHAT, action) } : held;
}
