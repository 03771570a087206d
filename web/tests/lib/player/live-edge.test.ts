import { expect, test } from 'vitest';

import { LiveEdge, type EdgeAdvice } from '@/lib/player/live-edge';
import type { HlsPace } from '@/lib/player/hls-config';

/** Looks each second: how far behind it is and what share of the second it played. Where it is moved, or eased, it says. */
function run(pace: HlsPace, seconds: number, behindAt: (s: number) => number, share: (s: number) => number) {
  const edge = new LiveEdge(pace, 0);
  const advised: [number, EdgeAdvice][] = [];
  let playedS = 0;
  for (let s = 1; s <= seconds; s += 1) {
    playedS += share(s);
    const advice = edge.look({ nowMs: s * 1000, behindS: behindAt(s), playedS });
    if (advice !== 'stay') advised.push([s, advice]);
  }
  return advised;
}

test('whoever plays near the edge is left alone', () => {
  expect(run('low-latency', 300, () => 2.9, () => 1)).toEqual([]);
});

test('whoever fell behind once is moved to the edge at once', () => {
  expect(run('low-latency', 30, (s) => (s === 12 ? 4 : 0), () => 1)).toEqual([[12, 'move']]);
});

test('one hiccup a minute or two is no reason to go further behind', () => {
  const advised = run('low-latency', 300, (s) => (s % 70 === 0 ? 4 : 0), () => 1);
  expect(advised.map(([, advice]) => advice)).toEqual(['move', 'move', 'move', 'move']);
});

test('what has not come to play is given time, and then goes on by whole segments where it is', () => {
  expect(run('low-latency', 12, (s) => s, () => 0.1)).toEqual([[5, 'ease']]);
});

test('what is soon behind again goes on by whole segments', () => {
  expect(run('low-latency', 30, (s) => (s % 10) / 2, () => 0.6).slice(0, 2)).toEqual([
    [7, 'move'],
    [9, 'ease'],
  ]);
});

test('whole segments are played further behind, and are never moved before they could come', () => {
  expect(run('smooth', 60, () => 11, () => 1)).toEqual([]);
  expect(run('smooth', 12, () => 13, () => 0)).toEqual([
    [5, 'move'],
    [10, 'move'],
  ]);
});

test('eased once, it is played like whole segments from then on', () => {
  const advised = run('low-latency', 60, (s) => Math.min(s, 11), () => 0.1);
  expect(advised).toEqual([[5, 'ease']]);
});

test('whoever looks around in what was recorded is never moved', () => {
  expect(run('free', 60, () => 1000, () => 0)).toEqual([]);
});

test('after a pause it is moved to the edge once it plays, whatever it had played before', () => {
  const edge = new LiveEdge('low-latency', 0);
  for (let s = 1; s < 60; s += 1) edge.rest(s * 1000, 3);
  expect(edge.look({ nowMs: 60_000, behindS: 60, playedS: 3.5 })).toBe('stay');
  expect(edge.look({ nowMs: 61_000, behindS: 60, playedS: 4.5 })).toBe('move');
});

test('a player that loads anew, and counts from nothing, is given its time', () => {
  const edge = new LiveEdge('low-latency', 0);
  edge.rest(100_000, 95);
  expect(edge.look({ nowMs: 101_000, behindS: 5, playedS: 0.2 })).toBe('stay');
  expect(edge.look({ nowMs: 103_000, behindS: 5, playedS: 1.4 })).toBe('move');
});
