import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Command } from '@/lib/mix/commands';
import type { Upward } from '@/lib/mix/lines';
import { MixLink, type LinkState } from '@/lib/mix/mix-link';
import type { MixSubscriber } from '@/lib/socket';

import { deskWith } from '../../support/desk';

const play: Command = { command: 'Play', deck: 0, playing: true };
const MOMENT = { frame: 0, at: 1, decks: [], master: [-120, -120, false], limitingDb: 0, microphone: [-120, -120] };

/** The mixer behind both ways, as the contract says it: it takes each number of a device once. */
class Mixer {
  readonly taken: [number, string][] = [];
  readonly acks: Record<string, number> = {};

  take({ device, commands }: Upward): void {
    for (const [seq, { command }] of commands) {
      if (seq <= (this.acks[device] ?? 0)) continue;
      this.acks[device] = seq;
      this.taken.push([seq, command]);
    }
  }

  get desk() {
    return deskWith({ acks: { ...this.acks } });
  }
}

class FakeChannel extends EventTarget {
  readyState: RTCDataChannelState = 'open';
  readonly bufferedAmount = 0;
  readonly sent: Upward[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Upward);
  }

  say(kind: string, value: object): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ kind, ...value }) }));
  }

  close(): void {
    this.readyState = 'closed';
    this.dispatchEvent(new Event('close'));
  }
}

function stage() {
  const mixer = new Mixer();
  const states: LinkState[] = [];
  const refusals: string[] = [];
  const pending: number[] = [];
  const pongs: [number, number][] = [];
  const sockets: { subscriber: MixSubscriber; sent: Upward[]; isStopped: boolean }[] = [];
  const link = new MixLink(
    'd1',
    (subscriber) => {
      const socket = { subscriber, sent: [] as Upward[], isStopped: false };
      sockets.push(socket);
      return { send: (body) => socket.sent.push(body as Upward), stop: () => (socket.isStopped = true) };
    },
    {
      onDesk: (_, waiting) => pending.push(waiting.length),
      onMoment: () => undefined,
      onPending: (waiting) => pending.push(waiting.length),
      onPong: (sentAt, at) => pongs.push([sentAt, at]),
      onRefusal: (message) => refusals.push(message),
      onState: (state) => states.push(state),
      onChanged: () => undefined,
    },
  );
  const socket = () => {
    const last = sockets.at(-1);
    if (last === undefined) throw new Error('no socket was opened');
    return last;
  };
  return { link, mixer, states, refusals, pending, pongs, sockets, socket };
}

function commandsIn(sent: Upward[]): number[] {
  return sent.flatMap(({ commands }) => commands.map(([seq]) => seq));
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the way to the mix', () => {
  test('is the socket once the mix is open on it', () => {
    const { link, states, socket } = stage();
    link.send(play);
    expect(socket().sent).toEqual([]);
    socket().subscriber.onFlowing(true);
    expect(states.at(-1)).toEqual({ status: 'connected', via: 'socket' });
    expect(commandsIn(socket().sent)).toEqual([1]);
    link.stop();
  });

  test('sends again until the desk acknowledges, and the mixer takes it once', async () => {
    const { link, mixer, socket, pending } = stage();
    socket().subscriber.onFlowing(true);
    link.send(play);
    await vi.advanceTimersByTimeAsync(320);
    expect(commandsIn(socket().sent)).toEqual([1, 1]);
    for (const message of socket().sent) mixer.take(message);
    socket().subscriber.hear('desk', mixer.desk);
    await vi.advanceTimersByTimeAsync(1000);
    expect(commandsIn(socket().sent)).toEqual([1, 1]);
    expect(mixer.taken).toEqual([[1, 'Play']]);
    expect(pending.at(-1)).toBe(0);
    link.stop();
  });

  test('changes to the data channel when something is heard on it, and carries over what was on its way', async () => {
    const { link, mixer, states, socket } = stage();
    socket().subscriber.onFlowing(true);
    link.send(play);
    const channel = new FakeChannel();
    link.offer(channel as unknown as RTCDataChannel);
    expect(socket().isStopped).toBe(false);
    channel.say('desk', mixer.desk);
    expect(states.at(-1)).toEqual({ status: 'connected', via: 'data' });
    expect(socket().isStopped).toBe(true);
    await vi.advanceTimersByTimeAsync(20);
    expect(commandsIn(channel.sent)).toEqual([1]);
    link.stop();
  });

  test('falls back to the socket when the data channel closes, and nothing is lost or done twice', async () => {
    const { link, mixer, states, sockets, socket } = stage();
    const channel = new FakeChannel();
    link.offer(channel as unknown as RTCDataChannel);
    channel.say('desk', mixer.desk);
    link.send(play);
    // The mixer took it, but the channel is gone before the acknowledgement came.
    for (const message of channel.sent) mixer.take(message);
    channel.close();
    expect(sockets).toHaveLength(2);
    socket().subscriber.onFlowing(true);
    await vi.advanceTimersByTimeAsync(20);
    for (const message of socket().sent) mixer.take(message);
    expect(states.at(-1)).toEqual({ status: 'connected', via: 'socket' });
    expect(commandsIn(socket().sent)).toEqual([1]);
    expect(mixer.taken).toEqual([[1, 'Play']]);
    link.stop();
  });

  test('gives up a data channel on which nothing is heard any more', async () => {
    const { link, mixer, sockets } = stage();
    const channel = new FakeChannel();
    link.offer(channel as unknown as RTCDataChannel);
    channel.say('desk', mixer.desk);
    await vi.advanceTimersByTimeAsync(2500);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sockets).toHaveLength(2);
    link.stop();
  });

  test('is lost when the mix is silent, and found when it is heard again', async () => {
    const { link, states, socket } = stage();
    socket().subscriber.onFlowing(true);
    await vi.advanceTimersByTimeAsync(5500);
    expect(states.at(-1)).toEqual({ status: 'lost' });
    socket().subscriber.hear('moment', MOMENT);
    expect(states.at(-1)).toEqual({ status: 'connected', via: 'socket' });
    link.stop();
  });

  test('does not do late what was asked while there was no way', async () => {
    const { link, refusals, pending, socket } = stage();
    link.send(play);
    await vi.advanceTimersByTimeAsync(2500);
    expect(refusals).toHaveLength(1);
    expect(pending.at(-1)).toBe(0);
    socket().subscriber.onFlowing(true);
    expect(commandsIn(socket().sent)).toEqual([]);
    link.stop();
  });

  test('takes a refused command back and says why', () => {
    const { link, refusals, pending, socket } = stage();
    socket().subscriber.onFlowing(true);
    link.send(play);
    socket().subscriber.hear('refused', { device: 'other', seq: 1, code: 'INVALID_COMMAND', message: 'Not yours.' });
    expect(refusals).toEqual([]);
    socket().subscriber.hear('refused', { device: 'd1', seq: 1, code: 'INVALID_COMMAND', message: 'No such deck.' });
    expect(refusals).toEqual(['No such deck.']);
    expect(pending.at(-1)).toBe(0);
    link.stop();
  });

  test('says when one is no longer a member, but not when one is only too quick', () => {
    const { link, states, socket } = stage();
    socket().subscriber.onFlowing(true);
    socket().subscriber.onRefused('RATE_LIMITED', 'Slow down.');
    expect(states.at(-1)?.status).toBe('connected');
    socket().subscriber.onRefused('NOT_A_MEMBER', 'You were removed.');
    expect(states.at(-1)).toMatchObject({ status: 'refused', code: 'NOT_A_MEMBER' });
    link.stop();
  });

  test('pings by itself and hears only its own answers', async () => {
    const { link, pongs, socket } = stage();
    socket().subscriber.onFlowing(true);
    const ping = socket().sent[0]?.ping;
    expect(ping).toBeTypeOf('number');
    await vi.advanceTimersByTimeAsync(4500);
    expect(socket().sent.filter((message) => message.ping !== undefined).length).toBeGreaterThanOrEqual(3);
    socket().subscriber.hear('pong', { device: 'other', ping, at: 5 });
    socket().subscriber.hear('pong', { device: 'd1', ping, at: 5 });
    expect(pongs).toEqual([[ping, 5]]);
    link.stop();
  });

  test.each(['not json', '[]', '{"kind":"unheard"}', '{"kind":"desk"}', '{"kind":"moment","decks":3}'])(
    'is not upset by %s',
    (data) => {
      const { link, pending } = stage();
      const channel = new FakeChannel();
      link.offer(channel as unknown as RTCDataChannel);
      channel.dispatchEvent(new MessageEvent('message', { data }));
      expect(pending).toEqual([]);
      link.stop();
    },
  );
});
