import { describe, expect, test } from 'vitest';

import type { Moment } from '@/lib/mix/desk';
import { Motion } from '@/lib/mix/motion';

const BPM = 120;
const FRAMES_PER_BEAT = 24_000;

/** A deck at `frame` whose rate is `rate`, whether it moves or not. */
function moment(at: number, frame: number, rate = 1): Moment {
  return {
    frame: at * 48_000,
    at,
    decks: [[frame, rate, frame / FRAMES_PER_BEAT, -10, -6, false]],
    master: [-10, -6, false],
    limitingDb: 0,
    microphone: [-120, -120],
  };
}

function played(...moments: Moment[]): Motion {
  const motion = new Motion();
  for (const each of moments) motion.add(each);
  return motion;
}

describe('a playhead', () => {
  test('is unknown before the first moment', () => {
    expect(new Motion().playhead(0, 5)).toBeNull();
  });

  test('is drawn between two moments, where it is heard', () => {
    const motion = played(moment(10, 0), moment(10.04, 1920), moment(10.08, 3840));
    expect(motion.playhead(0, 10.05)?.frame).toBeCloseTo(2400, 3);
    expect(motion.playhead(0, 10.05)?.beat).toBeCloseTo(2400 / FRAMES_PER_BEAT, 6);
  });

  test(`goes on after the last moment for half a second, at ${BPM} BPM and any speed`, () => {
    const motion = played(moment(10, 0, 1.08), moment(10.04, 1920 * 1.08, 1.08));
    expect(motion.playhead(0, 10.14)?.frame).toBeCloseTo(1920 * 1.08 + 4800 * 1.08, 2);
    expect(motion.playhead(0, 20)?.frame).toBeCloseTo(1920 * 1.08 + 24_000 * 1.08, 2);
  });

  test('of a stopped deck stands, though the deck has a rate', () => {
    const motion = played(moment(10, 500), moment(10.04, 500));
    expect(motion.playhead(0, 10.3)).toEqual({ frame: 500, rate: 0, beat: 500 / FRAMES_PER_BEAT });
  });

  test('does not glide over a jump', () => {
    const motion = played(moment(10, 0), moment(10.04, 960_000), moment(10.08, 961_920));
    expect(motion.playhead(0, 10.03)?.frame).toBeCloseTo(1440, 3);
    expect(motion.playhead(0, 10.04)?.frame).toBeCloseTo(960_000, 3);
  });

  test('goes backwards in reverse', () => {
    const motion = played(moment(10, 9600, -1), moment(10.04, 7680, -1));
    expect(motion.playhead(0, 10.06)?.frame).toBeCloseTo(6720, 3);
  });

  test('is not moved by a moment that came late', () => {
    const motion = played(moment(10, 0), moment(10.08, 3840), moment(10.04, 1920));
    expect(motion.playhead(0, 10.08)?.frame).toBe(3840);
  });

  test('starts over when the mixer’s clock was set anew', () => {
    const motion = played(moment(1000, 0), moment(10, 4800));
    expect(motion.moment(10)?.at).toBe(10);
  });
});
