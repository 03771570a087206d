import { beforeEach, expect, test, vi } from 'vitest';

import { LiveSocket, type ChatListener } from '@/lib/socket';

import { messageWith } from '../support/chat';

/** Stands where Socket.IO's client does: connects at once, acknowledges everything, and says what a test has it say. */
class FakeIo {
  connected = false;
  readonly sent: string[] = [];
  readonly #listeners = new Map<string, Set<(value: unknown) => void>>();

  on(event: string, listener: (value: unknown) => void): this {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
    return this;
  }

  off(event: string, listener: (value: unknown) => void): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  emit(event: string, body: { streamId: string }, acknowledge: (answer: unknown) => void): void {
    this.sent.push(event);
    acknowledge({ success: true, data: { streamId: body.streamId, status: 'live' } });
  }

  connect(): void {
    this.connected = true;
    this.say('connect');
  }

  disconnect(): void {
    this.connected = false;
  }

  say(event: string, value?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value);
  }
}

let fake: FakeIo;
vi.mock('socket.io-client', () => ({ io: () => fake }));

beforeEach(() => {
  fake = new FakeIo();
});

function listener(): { [Name in keyof ChatListener]: ReturnType<typeof vi.fn<ChatListener[Name]>> } {
  return { onMessage: vi.fn(), onRemoved: vi.fn(), onReadable: vi.fn(), onMissed: vi.fn(), onFlowing: vi.fn() };
}

test('a chat is to be read once all that follows is heard, and again after each reconnection or miss', () => {
  const socket = new LiveSocket(() => Promise.resolve(null));
  const heard = listener();
  socket.watchChat('s1', heard);
  expect(heard.onReadable).toHaveBeenCalledTimes(1);
  fake.say('disconnect');
  expect(heard.onFlowing).toHaveBeenLastCalledWith(false);
  fake.say('connect');
  expect(heard.onFlowing).toHaveBeenLastCalledWith(true);
  expect(heard.onReadable).toHaveBeenCalledTimes(2);
  fake.say('chat:missed', { streamId: 'other' });
  expect(heard.onMissed).not.toHaveBeenCalled();
  fake.say('chat:missed', { streamId: 's1' });
  expect(heard.onMissed).toHaveBeenCalledOnce();
});

test('messages and removals of its own stream are heard, until it stops', () => {
  const socket = new LiveSocket(() => Promise.resolve(null));
  const heard = listener();
  const stop = socket.watchChat('s1', heard);
  fake.say('chat:message', messageWith());
  fake.say('chat:message', messageWith({ streamId: 'other' }));
  fake.say('chat:message', 'nonsense');
  fake.say('chat:removed', { streamId: 's1', messageId: 'm1' });
  stop();
  fake.say('chat:message', messageWith({ number: 2 }));
  expect(heard.onMessage.mock.calls).toEqual([[messageWith()]]);
  expect(heard.onRemoved.mock.calls).toEqual([['m1']]);
});

test('a stream is watched until the last who wants to know of it has gone', () => {
  const socket = new LiveSocket(() => Promise.resolve(null));
  const stopNews = socket.watchStream('s1', () => undefined);
  const stopLobby = socket.watchLobby(() => undefined);
  const stopChat = socket.watchChat('s1', listener());
  stopChat();
  expect(fake.sent).not.toContain('stream:unwatch');
  stopNews();
  expect(fake.sent.filter((event) => event === 'stream:unwatch')).toHaveLength(1);
  stopLobby();
  expect(fake.connected).toBe(false);
});

test('which media server is to be left is heard of one’s own stream alone, until it stops', () => {
  const onMove = vi.fn();
  const stop = new LiveSocket(() => Promise.resolve(null)).watchStream('s1', () => undefined, { onMove });
  fake.say('stream:move', { streamId: 's2', workerId: 'media-2' });
  fake.say('stream:move', { streamId: 's1', workerId: 'media-1' });
  stop();
  fake.say('stream:move', { streamId: 's1', workerId: 'media-3' });
  expect(onMove.mock.calls).toEqual([['media-1']]);
});

test('the health of one’s own stream is heard without asking; what names no stream is not', () => {
  const socket = new LiveSocket(() => Promise.resolve(null));
  const heard = vi.fn();
  const stop = socket.watchHealth(heard);
  fake.say('stream:health', { streamId: 's1', health: null });
  fake.say('stream:health', 'nonsense');
  expect(heard.mock.calls).toEqual([[{ streamId: 's1', health: null }]]);
  expect(fake.sent).toEqual([]);
  stop();
  expect(fake.connected).toBe(false);
});
