import { describe, expect, test } from 'vitest';

import { isCompatible, transposed } from '@/lib/mix/camelot';
import { framesPerBeat, tappedTempo, withTap } from '@/lib/mix/grid';
import { Waveform } from '@/lib/mix/waveform';

describe('keys', () => {
  test.each([
    ['8A', '8A'],
    ['8A', '9A'],
    ['8A', '7A'],
    ['8A', '8B'],
    ['12A', '1A'],
  ])('%s goes with %s', (a, b) => {
    expect(isCompatible(a, b)).toBe(true);
    expect(isCompatible(b, a)).toBe(true);
  });

  test.each([
    ['8A', '10A'],
    ['8A', '9B'],
    ['8A', null],
    ['13A', '13A'],
    ['', ''],
  ])('%s does not go with %s', (a, b) => {
    expect(isCompatible(a, b)).toBe(false);
  });

  test('a semitone up is seven hours on, and an octave is home again', () => {
    // A minor (8A) a semitone up is B flat minor (3A).
    expect(transposed('8A', 1)).toBe('3A');
    expect(transposed('8A', -1)).toBe('1A');
    expect(transposed('8A', 12)).toBe('8A');
    expect(transposed(null, 1)).toBeNull();
  });
});

describe('beats', () => {
  test('120 a minute are half a second apart', () => {
    expect(framesPerBeat(120)).toBe(24_000);
    expect(framesPerBeat(null)).toBeNull();
    expect(framesPerBeat(0)).toBeNull();
  });

  test('taps mean a tempo, and a pause begins a new one', () => {
    let taps: number[] = [];
    for (const at of [0, 500, 1000, 1500]) taps = withTap(taps, at);
    expect(tappedTempo(taps)).toBe(120);
    expect(withTap(taps, 5000)).toEqual([5000]);
    expect(tappedTempo([5000])).toBeNull();
  });

  test('no more than sixteen taps count', () => {
    let taps: number[] = [];
    for (let tap = 0; tap < 40; tap += 1) taps = withTap(taps, tap * 400);
    expect(taps).toHaveLength(16);
    expect(tappedTempo(taps)).toBeCloseTo(150, 6);
  });
});

test('a waveform has columns of peak and bands, and nothing beyond its ends', () => {
  const waveform = new Waveform(new Uint8Array([255, 51, 102, 204, 0, 0, 0, 0, 9]).buffer);
  expect(waveform.columns).toBe(2);
  expect(waveform.peak(0)).toBe(1);
  expect([0, 1, 2].map((band) => waveform.band(0, band as 0 | 1 | 2))).toEqual([0.2, 0.4, 0.8]);
  expect(waveform.peak(7)).toBe(0);
});
