import { describe, expect, it } from 'vitest';

import { phaseAhead } from '@/lib/mix/phase';

describe('the phase of a deck', () => {
  it('is how far it is ahead of its leader, whichever beat each is on', () => {
    expect(phaseAhead({ beat: 40.25, bpm: 126 }, { beat: 8, bpm: 124 })).toBeCloseTo(0.25);
    expect(phaseAhead({ beat: 7.9, bpm: 126 }, { beat: 64, bpm: 124 })).toBeCloseTo(-0.1);
    expect(phaseAhead({ beat: -3, bpm: 120 }, { beat: -1, bpm: 120 })).toBe(0);
  });

  it('wraps at half a beat', () => {
    expect(phaseAhead({ beat: 0.45, bpm: 120 }, { beat: 0, bpm: 120 })).toBeCloseTo(0.45);
    expect(phaseAhead({ beat: 0.55, bpm: 120 }, { beat: 0, bpm: 120 })).toBeCloseTo(-0.45);
  });

  it('counts two beats for one where the tempos are an octave apart', () => {
    expect(phaseAhead({ beat: 10, bpm: 87 }, { beat: 20, bpm: 174 })).toBeCloseTo(0);
    expect(phaseAhead({ beat: 10, bpm: 87 }, { beat: 20.5, bpm: 174 })).toBeCloseTo(-0.25);
    expect(phaseAhead({ beat: 21, bpm: 174 }, { beat: 10, bpm: 87 })).toBeCloseTo(0);
  });
});
