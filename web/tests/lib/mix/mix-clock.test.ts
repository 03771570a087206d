import { describe, expect, test } from 'vitest';

import { MixClock } from '@/lib/mix/mix-clock';

const NTP = 2_208_988_800;
/** Mixer time at our time 0. */
const EPOCH = 1_790_000_000;

describe('the clock of a mix', () => {
  test('knows nothing before the first reading', () => {
    expect(new MixClock().heardAt(1)).toBeNull();
  });

  test('says by the playout time what is heard now', () => {
    const clock = new MixClock();
    clock.playout((EPOCH + NTP + 10 - 0.12) * 1000, 10);
    expect(clock.heardAt(11)).toBeCloseTo(EPOCH + 10.88, 5);
  });

  test('reads playout times since 1970 as well', () => {
    const clock = new MixClock();
    clock.playout((EPOCH + 10) * 1000, 10);
    expect(clock.heardAt(10)).toBeCloseTo(EPOCH + 10, 5);
  });

  test('follows a growing delay smoothly, and a jump at once', () => {
    const clock = new MixClock();
    clock.playout((EPOCH - 0.1) * 1000, 0);
    clock.playout((EPOCH + 1 - 0.14) * 1000, 1);
    expect(clock.heardAt(1)).toBeCloseTo(EPOCH + 0.89, 5);
    clock.playout((EPOCH + 2 - 2) * 1000, 2);
    expect(clock.heardAt(2)).toBeCloseTo(EPOCH, 5);
  });

  test('makes do with pings where the browser does not tell', () => {
    const clock = new MixClock();
    clock.pong(0, EPOCH + 0.02, 0.04);
    expect(clock.rttS).toBeCloseTo(0.04, 5);
    expect(clock.heardAt(1)).toBeCloseTo(EPOCH + 1 - 0.08, 5);
  });

  test('believes the ping with the shortest way', () => {
    const clock = new MixClock();
    clock.pong(0, EPOCH + 0.01, 0.02);
    // Half a second on the way back only: taken at its word it would put the mixer's clock a quarter second off.
    clock.pong(2, EPOCH + 2.01, 2.52);
    expect(clock.heardAt(3)).toBeCloseTo(EPOCH + 3 - 0.08, 5);
    expect(clock.rttS).toBeGreaterThan(0.02);
  });

  test('takes the way to the ear from statistics where that is all there is, and smoothes it', () => {
    const clock = new MixClock();
    clock.pong(0, EPOCH + 0.02, 0.04);
    clock.delay(0.12);
    expect(clock.heardAt(1)).toBeCloseTo(EPOCH + 1 - 0.12, 5);
    clock.delay(0.16);
    expect(clock.delayS).toBeCloseTo(0.13, 5);
    clock.silence();
    expect(clock.delayS).toBeNull();
  });

  test('tells the way to the ear from both, and forgets it with the sound', () => {
    const clock = new MixClock();
    clock.pong(0, EPOCH + 0.01, 0.02);
    expect(clock.delayS).toBeNull();
    clock.playout((EPOCH + 1 - 0.15) * 1000, 1);
    expect(clock.delayS).toBeCloseTo(0.15, 5);
    clock.silence();
    expect(clock.delayS).toBeNull();
  });
});
