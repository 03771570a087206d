import { isRecord } from '../http';
import { MIX_KINDS, type MixKind, type MixSubscriber, type MixSubscription } from '../socket';

import type { Numbered } from './outbox';

/** What a device sends to its mix. */
export interface Upward {
  device: string;
  commands: Numbered[];
  /** Comes back in a pong. */
  ping?: number;
}

export type Kind = MixKind;
export type Via = 'data' | 'socket';

/** A way to the mix. */
export interface Line {
  readonly via: Via;
  send(message: Upward): void;
  close(): void;
}

/** Opens the way over Socket.IO; see `LiveSocket.openMix`. */
export type OpenSocket = (subscriber: MixSubscriber) => MixSubscription;

export type Hear = (kind: Kind, value: unknown) => void;

/** Commands beyond this many bytes not yet on the wire are not sent by this line: they are sent again later. */
const MAX_BUFFERED = 64 * 1024;

/**
 * The data channel `mix` of the monitor: a message up is an `Upward` as JSON, a message down one of `mix:out`, with
 * its kind.
 */
export function dataLine(channel: RTCDataChannel, hear: Hear): Line {
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const value = parsed(data);
    if (isRecord(value) && isKind(value.kind)) hear(value.kind, value);
  });
  return {
    via: 'data',
    send: (message) => {
      if (channel.readyState === 'open' && channel.bufferedAmount < MAX_BUFFERED) channel.send(JSON.stringify(message));
    },
    close: () => channel.close(),
  };
}

function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return null;
  }
}

function isKind(value: unknown): value is Kind {
  return MIX_KINDS.some((kind) => kind === value);
}
