import { io, type Socket } from 'socket.io-client';

import { isRecord } from './http';

export interface StreamNews {
  streamId: string;
  status: string;
  mediaState: string;
  viewerCount: number;
  endedReason: string | null;
}

interface ServerEvents {
  'stream:state': (news: StreamNews) => void;
  'lobby:changed': () => void;
}

type Acknowledge = (answer: unknown) => void;

interface ClientEvents {
  'stream:watch': (body: { streamId: string }, acknowledge: Acknowledge) => void;
  'stream:unwatch': (body: { streamId: string }, acknowledge: Acknowledge) => void;
  'lobby:watch': (body: Record<string, never>, acknowledge: Acknowledge) => void;
  'lobby:unwatch': (body: Record<string, never>, acknowledge: Acknowledge) => void;
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

  watchStream(streamId: string, onNews: (news: StreamNews) => void, subscriber: LiveSubscriber = {}): () => void {
    const hear = (news: StreamNews): void => {
      if (news.streamId === streamId) onNews(news);
    };
    const ask = (): void => {
      this.#socket.emit('stream:watch', { streamId }, (answer) => {
        const data = acknowledged(answer);
        if (isStreamNews(data)) hear(data);
      });
    };
    this.#socket.on('stream:state', hear);
    const stop = this.#subscribe(ask, subscriber);
    return () => {
      this.#socket.off('stream:state', hear);
      if (this.#socket.connected) this.#socket.emit('stream:unwatch', { streamId }, () => undefined);
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
