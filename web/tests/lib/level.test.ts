import { describe, expect, test } from 'vitest';

import { Ballistics, measure, SILENCE_DB, type Level } from '@/lib/level';

function sine(amplitude: number): Float32Array {
  return Float32Array.from({ length: 4800 }, (_, index) => amplitude * Math.sin((2 * Math.PI * 100 * index) / 4800));
}

const silence: Level = measure(new Float32Array(64));

describe('a level', () => {
  test('of a sine has its peak 3 dB above its power', () => {
    const { peakDb, rmsDb, isClipped } = measure(sine(0.5));
    expect(peakDb).toBeCloseTo(-6.02, 1);
    expect(peakDb - rmsDb).toBeCloseTo(3.01, 1);
    expect(isClipped).toBe(false);
  });

  test('of silence is the foot of the scale, not minus infinity', () => {
    expect(silence).toEqual({ peakDb: SILENCE_DB, rmsDb: SILENCE_DB, isClipped: false });
  });

  test('at full scale is clipped', () => expect(measure(sine(1)).isClipped).toBe(true));
});

describe('a meter', () => {
  test('rises at once and falls by 24 dB a second', () => {
    const meter = new Ballistics();
    expect(meter.update(measure(sine(0.5)), 0).levelDb).toBeCloseTo(-6.02, 1);
    expect(meter.update(silence, 0.5).levelDb).toBeCloseTo(-18.02, 1);
  });

  test('holds the highest peak for more than a second, and then lets it fall', () => {
    const meter = new Ballistics();
    const peak = meter.update(measure(sine(0.5)), 0).holdDb;
    expect(meter.update(silence, 1.1).holdDb).toBe(peak);
    expect(meter.update(silence, 1.3).holdDb).toBeLessThan(peak);
  });

  test('keeps the clip light on long enough to be seen', () => {
    const meter = new Ballistics();
    expect(meter.update(measure(sine(1)), 0).isClipped).toBe(true);
    expect(meter.update(silence, 1.4).isClipped).toBe(true);
    expect(meter.update(silence, 1.6).isClipped).toBe(false);
  });
});
