import { useCallback, useEffect, useEffectEvent, useReducer, useRef, useState } from 'react';

import { currentStream } from '@/api/current-stream';
import { endStream } from '@/api/end-stream';
import { getStream } from '@/api/get-stream';
import { requestPublish } from '@/api/request-publish';
import { startStream, type StreamWishes } from '@/api/start-stream';
import type { CreatorType, PublishGrant, Stream } from '@/api/types';
import { useStreamMoves } from '@/api/useStreamMoves';
import { useStreamNews } from '@/api/useStreamNews';
import type { VideoQuality } from '@/lib/capture';
import { fieldErrors, type FieldErrors } from '@/lib/field-errors';
import { ApiError, isRecord } from '@/lib/http';
import type { VideoLimits } from '@/lib/simulcast';
import { Publisher } from '@/lib/whip';

import { reduceBroadcast, type Broadcast } from './broadcast';

export interface BroadcastControl {
  broadcast: Broadcast;
  /** What went wrong with the last thing asked for; null when nothing. */
  problem: string | null;
  fields: FieldErrors;
  check: () => Promise<void>;
  goLive: (wishes: StreamWishes) => Promise<void>;
  continueHere: () => Promise<void>;
  end: () => Promise<void>;
  again: () => void;
  /** The connection of this moment, for its statistics. */
  connection: () => RTCPeerConnection | null;
}

/** Owns the publisher: starts a stream, keeps `tracks` on it, and ends it. */
export function useBroadcast(
  role: CreatorType,
  tracks: readonly MediaStreamTrack[],
  quality: VideoQuality,
  isInSizes: boolean,
): BroadcastControl {
  const [broadcast, dispatch] = useReducer(reduceBroadcast, { phase: 'checking' });
  const [problem, setProblem] = useState<string | null>(null);
  const [fields, setFields] = useState<FieldErrors>({});
  const publisher = useRef<Publisher | null>(null);
  // As they are when a publisher begins: what was there at the click may have been joined by a microphone since.
  const toSend = useRef({ tracks, limits: limitsOf(quality, isInSizes) });

  const publish = (stream: Stream, grant: PublishGrant): void => {
    publisher.current?.abandon();
    dispatch({ type: 'granted', stream });
    const mine = new Publisher(portsFor(stream.id), toSend.current.limits, (state) => {
      if (publisher.current === mine) dispatch({ type: 'published', state });
    });
    publisher.current = mine;
    mine.start(grant, [...toSend.current.tracks]);
  };

  const check = useCallback(async (): Promise<void> => {
    dispatch({ type: 'checking' });
    setProblem(null);
    try {
      dispatch({ type: 'found', stream: await currentStream() });
    } catch (error) {
      dispatch({ type: 'check-failed', message: sentence(error) });
    }
  }, []);

  const goLive = async (wishes: StreamWishes): Promise<void> => {
    dispatch({ type: 'starting' });
    setProblem(null);
    setFields({});
    try {
      const started = await startStream(role, wishes);
      publish(started.stream, started.publish);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ALREADY_LIVE' && isRecord(error.details)) {
        await check();
        return;
      }
      dispatch({ type: 'refused' });
      const found = fieldErrors(error);
      setFields(found);
      if (Object.keys(found).length === 0) setProblem(sentence(error));
    }
  };

  const continueHere = async (): Promise<void> => {
    if (broadcast.phase !== 'elsewhere' && broadcast.phase !== 'on-air') return;
    setProblem(null);
    try {
      publish(broadcast.stream, await requestPublish(broadcast.stream.id));
    } catch (error) {
      setProblem(sentence(error));
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) await check();
    }
  };

  const end = async (): Promise<void> => {
    if (!('stream' in broadcast)) return;
    const { stream } = broadcast;
    dispatch({ type: 'ending' });
    setProblem(null);
    try {
      const ended = await endStream(role, stream.id);
      const mine = publisher.current;
      publisher.current = null;
      // The platform has ended the stream: the session is over at the server, whether it hears of it from here or not.
      void mine?.stop().catch(() => undefined);
      dispatch({ type: 'ended', stream: ended });
    } catch (error) {
      dispatch({ type: 'end-failed' });
      setProblem(sentence(error));
    }
  };

  useEffect(() => {
    void Promise.resolve().then(check);
  }, [check]);

  const openId = 'stream' in broadcast && broadcast.phase !== 'ended' ? broadcast.stream.id : null;
  useStreamNews(openId, (news) => dispatch({ type: 'news', news }));
  useStreamMoves(openId, (workerId) => publisher.current?.move(workerId));

  const isOver = broadcast.phase === 'ended';
  useEffect(() => {
    if (!isOver) return;
    publisher.current?.abandon();
    publisher.current = null;
  }, [isOver]);

  const swap = useEffectEvent((track: MediaStreamTrack) => {
    publisher.current?.replaceTrack(track).catch((error: unknown) => setProblem(sentence(error)));
  });
  useEffect(() => {
    toSend.current.tracks = tracks;
    for (const track of tracks) swap(track);
  }, [tracks]);

  useEffect(() => {
    toSend.current.limits = limitsOf(quality, isInSizes);
    publisher.current?.limitVideo(toSend.current.limits).catch((error: unknown) => setProblem(sentence(error)));
  }, [quality, isInSizes]);

  useEffect(() => () => publisher.current?.abandon(), []);

  return {
    broadcast,
    problem,
    fields,
    check,
    goLive,
    continueHere,
    end,
    again: () => {
      setProblem(null);
      dispatch({ type: 'again' });
    },
    connection: useCallback(() => publisher.current?.connection ?? null, []),
  };
}

function limitsOf({ maxBitrateBps, frameRate }: VideoQuality, isInSizes: boolean): VideoLimits {
  return { maxBitrateBps, maxFramerate: frameRate, isInSizes };
}

function portsFor(streamId: string): ConstructorParameters<typeof Publisher>[0] {
  return {
    fetch: (...args) => fetch(...args),
    createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
    requestGrant: (signal) => requestPublish(streamId, signal),
    streamState: async (signal) => {
      const stream = await getStream(streamId, signal);
      if (stream.status === 'ended') return 'ended';
      return stream.mediaState === 'live' ? 'live' : 'open';
    },
  };
}

function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  throw error;
}
