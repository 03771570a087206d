import { io, type Socket } from 'socket.io-client';

import { isMessage, type ChatMessage } from './chat';
import { isRecord } from './http';

export interface StreamNews {
  streamId: string;
  status: string;
  mediaState: string;
  viewerCount: number;
  endedReason: string | null;
}

/** How a stream of one's own arrives; what there is beside its id is for `api` to know. */
export type StreamHealthNews = { streamId: string } & Record<string, unknown>;

/** A track of one's own library that has changed. */
export interface TrackNews {
  trackId: string;
  status: string;
}

interface ServerEvents {
  'stream:state': (news: StreamNews) => void;
  'stream:move': (move: { streamId: string; workerId: string }) => void;
  'stream:health': (health: unknown) => void;
  'lobby:changed': () => void;
  'library:changed': (news: TrackNews) => void;
  'chat:message': (message: unknown) => void;
  'chat:removed': (removal: { streamId: string; messageId: string }) => void;
  'chat:missed': (where: { streamId: string }) => void;
  'mix:desk': (desk: unknown) => void;
  'mix:moment': (moment: unknown) => void;
  'mix:pong': (pong: unknown) => void;
  'mix:refused': (refusal: unknown) => void;
  'mix:changed': (change: unknown) => void;
  'mix:closed': (closing: { streamId: string; code: string }) => void;
}

type Acknowledge = (answer: unknown) => void;

interface ClientEvents {
  'stream:watch': (body: { streamId: string }, acknowledge: Acknowledge) => void;
  'stream:unwatch': (body: { streamId: string }, acknowledge: Acknowledge) => void;
  'lobby:watch': (body: Record<string, never>, acknowledge: Acknowledge) => void;
  'lobby:unwatch': (body: Record<string, never>, acknowledge: Acknowledge) => void;
  'mix:open': (body: { streamId: string }, acknowledge: Acknowledge) => void;
  'mix:close': (body: { streamId: string }, acknowledge: Acknowledge) => void;
  'mix:send': (body: object, acknowledge: Acknowledge) => void;
}

export const MIX_KINDS = ['desk', 'moment', 'pong', 'refused', 'changed'] as const;
export type MixKind = (typeof MIX_KINDS)[number];

export interface MixSubscriber {
  hear: (kind: MixKind, value: unknown) => void;
  /** The mix is open to us, again after each reconnection; or, with false, out of reach. */
  onFlowing: (isFlowing: boolean) => void;
  /** The server does not let us in, or no longer. */
  onRefused: (code: string, message: string) => void;
}

export interface MixSubscription {
  send: (body: object) => void;
  stop: () => void;
}

export interface ChatListener {
  onMessage: (message: ChatMessage) => void;
  onRemoved: (messageId: string) => void;
  /** What is there is to be read now: from here on all is heard, until the next time. */
  onReadable: () => void;
  /** Some messages may have been lost on their way to everybody here. */
  onMissed: () => void;
  /** Called with false while some may be missed, and with true when all is heard (again). */
  onFlowing: (isFlowing: boolean) => void;
}

export interface StreamSubscriber extends LiveSubscriber {
  /** Whoever publishes or watches at that media server has to ask anew where to. */
  onMove?: (workerId: string) => void;
}

export interface LiveSubscriber {
  /** Called with false while news may be missed, and with true when they flow (again). */
  onFlowing?: (isFlowing: boolean) => void;
}

/**
 * The one Socket.IO connection of this tab. It exists while somebody subscribes, and takes every subscription up
 * again after a reconnection.
 */
export class LiveSocket {
  readonly #socket: Socket<ServerEvents, ClientEvents>;
  #subscribers = 0;
  /** How many here watch each stream: the platform tells a connection once. */
  readonly #watchers = new Map<string, number>();

  constructor(accessToken: () => Promise<string | null>) {
    this.#socket = io({
      autoConnect: false,
      transports: ['websocket', 'polling'],
      reconnectionDelay: 500,
      reconnectionDelayMax: 5000,
      auth: (send) => {
        // Without a token the connection is an anonymous one, which may watch all the same.
        void accessToken().then(
          (token) => send(token === null ? {} : { token }),
          () => send({}),
        );
      },
    });
  }

  watchStream(streamId: string, onNews: (news: StreamNews) => void, subscriber: StreamSubscriber = {}): () => void {
    const moved = (move: { streamId: string; workerId: string }): void => {
      if (move.streamId === streamId) subscriber.onMove?.(move.workerId);
    };
    const hear = (news: StreamNews): void => {
      if (news.streamId === streamId) onNews(news);
    };
    const ask = (): void => {
      this.#socket.emit('stream:watch', { streamId }, (answer) => {
        const data = acknowledged(answer);
        if (isStreamNews(data)) hear(data);
      });
    };
    this.#socket.on('stream:state', hear).on('stream:move', moved);
    const stop = this.#watch(streamId, ask, subscriber);
    return () => {
      this.#socket.off('stream:state', hear).off('stream:move', moved);
      stop();
    };
  }

  /** Hears what is written beside a stream. */
  watchChat(streamId: string, { onMessage, onRemoved, onReadable, onMissed, onFlowing }: ChatListener): () => void {
    const written = (message: unknown): void => {
      if (isMessage(message) && message.streamId === streamId) onMessage(message);
    };
    const removed = (removal: { streamId: string; messageId: string }): void => {
      if (removal.streamId === streamId) onRemoved(removal.messageId);
    };
    const missed = (where: { streamId: string }): void => {
      if (where.streamId === streamId) onMissed();
    };
    const ask = (): void => {
      this.#socket.emit('stream:watch', { streamId }, (answer) => {
        if (acknowledged(answer) === undefined) return;
        onFlowing(true);
        onReadable();
      });
    };
    this.#socket.on('chat:message', written).on('chat:removed', removed).on('chat:missed', missed);
    const stop = this.#watch(streamId, ask, {
      onFlowing: (isFlowing) => {
        // A new connection is of use once the stream is watched on it.
        if (!isFlowing) onFlowing(false);
      },
    });
    return () => {
      this.#socket.off('chat:message', written).off('chat:removed', removed).off('chat:missed', missed);
      stop();
    };
  }

  watchLobby(onChanged: () => void, subscriber: LiveSubscriber = {}): () => void {
    this.#socket.on('lobby:changed', onChanged);
    const ask = (): void => void this.#socket.emit('lobby:watch', {}, () => undefined);
    const stop = this.#subscribe(ask, subscriber);
    return () => {
      this.#socket.off('lobby:changed', onChanged);
      if (this.#socket.connected) this.#socket.emit('lobby:unwatch', {}, () => undefined);
      stop();
    };
  }

  /** Hears how one's own stream arrives: who signed in on this connection is told without asking. */
  watchHealth(onHealth: (health: StreamHealthNews) => void, subscriber: LiveSubscriber = {}): () => void {
    const hear = (health: unknown): void => {
      if (isRecord(health) && typeof health.streamId === 'string') onHealth({ ...health, streamId: health.streamId });
    };
    this.#socket.on('stream:health', hear);
    const stop = this.#subscribe(() => undefined, subscriber);
    return () => {
      this.#socket.off('stream:health', hear);
      stop();
    };
  }

  /** Hears of one's own tracks: who signed in on this connection is told without asking. */
  watchLibrary(onNews: (news: TrackNews) => void, subscriber: LiveSubscriber = {}): () => void {
    this.#socket.on('library:changed', onNews);
    const stop = this.#subscribe(() => undefined, subscriber);
    return () => {
      this.#socket.off('library:changed', onNews);
      stop();
    };
  }

  /** Follows a mix that one is a member of, and sends to it. */
  openMix(streamId: string, { hear, onFlowing, onRefused }: MixSubscriber): MixSubscription {
    const heard = MIX_KINDS.map((kind) => [`mix:${kind}`, (value: unknown): void => hear(kind, value)] as const);
    for (const [event, listener] of heard) this.#socket.on(event, listener);
    const closed = ({ streamId: which, code }: { streamId: string; code: string }): void => {
      if (which === streamId) onRefused(code, 'You were removed from the booth, or it has closed.');
    };
    this.#socket.on('mix:closed', closed);
    const refuse = (answer: unknown): void => {
      const error = isRecord(answer) && isRecord(answer.error) ? answer.error : {};
      onRefused(String(error.code), String(error.message));
    };
    const ask = (): void => {
      this.#socket.emit('mix:open', { streamId }, (answer) => {
        if (!isRecord(answer) || answer.success !== true) {
          refuse(answer);
          return;
        }
        onFlowing(true);
        hear('desk', answer.data);
      });
    };
    const stop = this.#subscribe(ask, {
      onFlowing: (isFlowing) => {
        // A new connection is of use once the mix has been opened on it.
        if (!isFlowing) onFlowing(false);
      },
    });
    return {
      send: (body) => {
        // While there is no connection Socket.IO would keep what is sent, and send it late.
        if (!this.#socket.connected) return;
        this.#socket.emit('mix:send', { streamId, ...body }, (answer) => {
          if (isRecord(answer) && answer.success === false) refuse(answer);
        });
      },
      stop: () => {
        for (const [event, listener] of heard) this.#socket.off(event, listener);
        this.#socket.off('mix:closed', closed);
        if (this.#socket.connected) this.#socket.emit('mix:close', { streamId }, () => undefined);
        stop();
      },
    };
  }

  #watch(streamId: string, ask: () => void, subscriber: LiveSubscriber): () => void {
    this.#watchers.set(streamId, (this.#watchers.get(streamId) ?? 0) + 1);
    const stop = this.#subscribe(ask, subscriber);
    return () => {
      const left = (this.#watchers.get(streamId) ?? 1) - 1;
      if (left > 0) this.#watchers.set(streamId, left);
      else {
        this.#watchers.delete(streamId);
        if (this.#socket.connected) this.#socket.emit('stream:unwatch', { streamId }, () => undefined);
      }
      stop();
    };
  }

  #subscribe(ask: () => void, { onFlowing }: LiveSubscriber): () => void {
    const connected = (): void => {
      ask();
      onFlowing?.(true);
    };
    const disconnected = (): void => onFlowing?.(false);
    this.#socket.on('connect', connected);
    this.#socket.on('disconnect', disconnected);
    this.#subscribers += 1;
    if (this.#socket.connected) connected();
    else this.#socket.connect();
    return () => {
      this.#socket.off('connect', connected);
      this.#socket.off('disconnect', disconnected);
      this.#subscribers -= 1;
      if (this.#subscribers === 0) this.#socket.disconnect();
    };
  }
}

function acknowledged(answer: unknown): unknown {
  return isRecord(answer) && answer.success === true ? answer.data : undefined;
}

function isStreamNews(value: unknown): value is StreamNews {
  return isRecord(value) && typeof value.streamId === 'string' && typeof value.status === 'string';
}
