import { describe, expect, test } from 'vitest';

import type { Command } from '@/lib/mix/commands';
import { Outbox, OUTBOX_LIMITS } from '@/lib/mix/outbox';

const play: Command = { command: 'Play', deck: 0, playing: true };
const jump: Command = { command: 'BeatJump', deck: 0, beats: 4 };
const fader = (position: number): Command => ({ command: 'SetFader', deck: 0, position });

describe('an outbox', () => {
  test('numbers commands from 1 upwards as they leave', () => {
    const outbox = new Outbox();
    outbox.put(play, 0);
    outbox.put(jump, 0);
    expect(outbox.take(0)).toEqual([
      [1, play],
      [2, jump],
    ]);
  });

  test('sends the last of many movements of one control, without a gap in the numbers', () => {
    const outbox = new Outbox();
    for (let step = 0; step <= 10; step += 1) outbox.put(fader(step / 10), step);
    outbox.put(play, 11);
    expect(outbox.take(12)).toEqual([
      [1, fader(1)],
      [2, play],
    ]);
  });

  test('keeps the order of a movement and an action between two movements', () => {
    const outbox = new Outbox();
    outbox.put(fader(0.2), 0);
    outbox.put(play, 1);
    outbox.put(fader(0.8), 2);
    expect(outbox.take(3)?.map(([, command]) => command)).toEqual([fader(0.2), play, fader(0.8)]);
  });

  test('never coalesces actions', () => {
    const outbox = new Outbox();
    outbox.put(jump, 0);
    outbox.put(jump, 0);
    expect(outbox.take(0)).toHaveLength(2);
  });

  test('gives at most sixty messages a second', () => {
    const outbox = new Outbox();
    let messages = 0;
    for (let now = 0; now < 1000; now += 1) {
      outbox.put(fader(now / 1000), now);
      if (outbox.take(now) !== null) messages += 1;
    }
    expect(messages).toBeLessThanOrEqual(60);
    expect(messages).toBeGreaterThan(50);
  });

  test('sends again what was not acknowledged within 300 ms, under the same number', () => {
    const outbox = new Outbox();
    outbox.put(play, 0);
    outbox.take(0);
    expect(outbox.nextDue()).toBe(300);
    expect(outbox.take(299)).toBeNull();
    expect(outbox.take(300)).toEqual([[1, play]]);
    outbox.acknowledge(1);
    expect(outbox.take(1000)).toBeNull();
    expect(outbox.nextDue()).toBeNull();
  });

  test('sends what was on its way first, when the way changes', () => {
    const outbox = new Outbox();
    outbox.put(play, 0);
    outbox.take(0);
    outbox.put(jump, 20);
    outbox.resendAll();
    expect(outbox.take(20)).toEqual([
      [1, play],
      [2, jump],
    ]);
  });

  test('an acknowledgement covers all commands up to it', () => {
    const outbox = new Outbox();
    outbox.put(play, 0);
    outbox.put(jump, 0);
    outbox.take(0);
    outbox.acknowledge(1);
    expect(outbox.pending()).toEqual([jump]);
  });

  test('a refused command is no longer pending and not sent again', () => {
    const outbox = new Outbox();
    outbox.put(play, 0);
    outbox.take(0);
    expect(outbox.refuse(1)).toEqual(play);
    expect(outbox.pending()).toEqual([]);
    expect(outbox.take(5000)).toBeNull();
  });

  test('puts no more than 64 commands into a message', () => {
    const outbox = new Outbox();
    for (let count = 0; count < 100; count += 1) outbox.put(jump, 0);
    expect(outbox.take(0)).toHaveLength(64);
    expect(outbox.take(20)).toHaveLength(36);
  });

  test('turns an action away when it is full, and still follows the controls in it', () => {
    const outbox = new Outbox({ ...OUTBOX_LIMITS, capacity: 2 });
    expect(outbox.put(play, 0)).toBe(true);
    expect(outbox.put(fader(0.1), 0)).toBe(true);
    expect(outbox.put(jump, 0)).toBe(false);
    expect(outbox.put(fader(0.9), 0)).toBe(true);
    expect(outbox.pending()).toEqual([play, fader(0.9)]);
  });

  test('drops actions that have missed their moment, but no position of a control', () => {
    const outbox = new Outbox();
    outbox.put(play, 0);
    outbox.put(fader(0.5), 0);
    expect(outbox.lapse(1999)).toBe(0);
    expect(outbox.lapse(2000)).toBe(1);
    expect(outbox.pending()).toEqual([fader(0.5)]);
  });
});
