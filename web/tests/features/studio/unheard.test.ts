import { describe, expect, test } from 'vitest';

import { SILENT_S, unheard } from '@/features/studio/unheard';
import { Quiet, SILENCE_DB, type Level } from '@/lib/level';

const level = (peakDb: number): Level => ({ peakDb, rmsDb: peakDb, isClipped: false });

describe('why viewers hear nothing', () => {
  test('is said of a microphone that is asked for, is not there, or is silent for long', () => {
    expect(unheard('asking', false, 0)).toBe('asking');
    expect(unheard('idle', false, 0)).toBe('no-microphone');
    expect(unheard('failed', true, 0)).toBe('no-microphone');
    expect(unheard('on', false, SILENT_S)).toBe('silent');
  });

  test('is not said to who is heard, or has muted themselves', () => {
    expect(unheard('on', false, SILENT_S - 0.1)).toBeNull();
    expect(unheard('on', true, SILENT_S)).toBeNull();
  });
});

test('quiet is counted from when something was heard last, on either channel', () => {
  const quiet = new Quiet();
  expect(quiet.update([level(SILENCE_DB), level(SILENCE_DB)], 5)).toBe(0);
  expect(quiet.update([level(SILENCE_DB), level(SILENCE_DB)], 12)).toBe(7);
  expect(quiet.update([level(SILENCE_DB), level(-50)], 13)).toBe(0);
  expect(quiet.update([level(SILENCE_DB), level(SILENCE_DB)], 14)).toBe(1);
});
