import { useCallback, useEffect, useRef, useState } from 'react';

import { getStream } from '@/api/get-stream';
import { joinStream, type Joined } from '@/api/join-stream';
import { leaveStream } from '@/api/leave-stream';
import { useStreamMoves } from '@/api/useStreamMoves';
import { useStreamNews } from '@/api/useStreamNews';
import { ApiError } from '@/lib/http';
import { backoffMs, pause } from '@/lib/time';

import { moved, refusedRoom, withNews, type Room } from './room';

const LOOK_MS = 15_000;
/** Those who are told to go elsewhere do not all ask at once where to. */
const MOVE_WITHIN_MS = 500;

/** Joins a stream, follows what happens to it, and leaves it when the page goes. */
export function useRoom(streamId: string): { room: Room; rejoin: () => void } {
  const [visit, setVisit] = useState(0);
  const [held, setHeld] = useState<{ of: string; room: Room }>({ of: '', room: { status: 'joining' } });
  const mine = `${streamId}#${visit}`;
  const mover = useRef<(left: string, before: Joined) => void>(() => undefined);
  // What is held of another visit is not shown for this one.
  const room: Room = held.of === mine ? held.room : { status: 'joining' };

  useEffect(() => {
    const stopping = new AbortController();
    const { signal } = stopping;
    let viewerId: string | null = null;
    const leave = (): void => {
      // The platform also notices by itself, later, that nobody watches.
      if (viewerId !== null) leaveStream(streamId, viewerId).catch(() => undefined);
      viewerId = null;
    };
    const move = async (left: string, before: Joined): Promise<void> => {
      await pause(Math.random() * MOVE_WITHIN_MS, signal);
      for (let failures = 1; ; failures += 1) {
        const entered = await enter(streamId, signal);
        if (entered.status === 'joined') {
          const joined = moved(before, entered.joined, left);
          const unused = joined.viewerId === before.viewerId ? entered.joined.viewerId : before.viewerId;
          viewerId = joined.viewerId;
          leaveStream(streamId, unused).catch(() => undefined);
          setHeld({ of: mine, room: { status: 'joined', joined } });
          return;
        }
        if (entered.status !== 'failed' || !entered.isPassing) {
          setHeld({ of: mine, room: entered });
          return;
        }
        await pause(Math.max(backoffMs(failures), (entered.retryAfterS ?? 0) * 1000), signal);
      }
    };
    let isMoving = false;
    mover.current = (left, before) => {
      if (isMoving) return;
      isMoving = true;
      move(left, before)
        .catch((error: unknown) => {
          if (!signal.aborted) throw error;
        })
        .finally(() => (isMoving = false));
    };
    const join = async (): Promise<void> => {
      for (let failures = 1; ; failures += 1) {
        const entered = await enter(streamId, signal);
        if (entered.status === 'joined') viewerId = entered.joined.viewerId;
        if (signal.aborted) {
          leave();
          return;
        }
        setHeld({ of: mine, room: entered });
        if (entered.status !== 'failed' || !entered.isPassing) return;
        await pause(Math.max(backoffMs(failures), (entered.retryAfterS ?? 0) * 1000), signal);
      }
    };
    // Only an abort rejects here, and nobody waits for the answer then.
    join().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    const shown = (event: PageTransitionEvent): void => {
      // The page came back from the back-forward cache, and left when it went there.
      if (event.persisted) setVisit((count) => count + 1);
    };
    window.addEventListener('pagehide', leave);
    window.addEventListener('pageshow', shown);
    return () => {
      window.removeEventListener('pagehide', leave);
      window.removeEventListener('pageshow', shown);
      stopping.abort();
      leave();
    };
  }, [streamId, mine]);

  useStreamNews(room.status === 'joined' || room.status === 'announced' ? streamId : null, (news) => {
    // What was announced has begun, or is called off: joining tells.
    if (room.status === 'announced' && news.status !== 'scheduled') setVisit((count) => count + 1);
    setHeld((before) => (before.of === mine ? { of: mine, room: withNews(before.room, news, new Date()) } : before));
  });
  useStreamMoves(room.status === 'joined' ? streamId : null, (workerId) => {
    if (room.status !== 'joined') return;
    const { watch } = room.joined;
    if (watch.workerId === workerId || watch.originId === workerId) mover.current(workerId, room.joined);
  });

  const isAnnounced = room.status === 'announced';
  useEffect(() => {
    if (!isAnnounced) return;
    const stopping = new AbortController();
    const look = async (): Promise<void> => {
      const found = await announced(streamId, stopping.signal);
      if (stopping.signal.aborted || found.status === 'failed') return;
      if (found.status === 'announced' && found.stream.status !== 'scheduled') setVisit((count) => count + 1);
      else setHeld({ of: mine, room: found });
    };
    // Another time, and that it is called off, come as no news.
    const timer = setInterval(() => {
      look().catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      });
    }, LOOK_MS);
    return () => {
      stopping.abort();
      clearInterval(timer);
    };
  }, [streamId, mine, isAnnounced]);

  return { room, rejoin: useCallback(() => setVisit((count) => count + 1), []) };
}

async function enter(streamId: string, signal: AbortSignal): Promise<Room> {
  try {
    return { status: 'joined', joined: await joinStream(streamId, signal) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 410) return ended(streamId, signal);
    return error.code === 'STREAM_NOT_BEGUN' ? announced(streamId, signal) : refusedRoom(error);
  }
}

async function ended(streamId: string, signal: AbortSignal): Promise<Room> {
  try {
    return { status: 'ended', stream: await getStream(streamId, signal) };
  } catch (error) {
    if (error instanceof ApiError) return { status: 'ended', stream: null };
    throw error;
  }
}

async function announced(streamId: string, signal: AbortSignal): Promise<Room> {
  try {
    return { status: 'announced', stream: await getStream(streamId, signal) };
  } catch (error) {
    return refusedRoom(error);
  }
}
