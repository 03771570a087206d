import { describe, expect, it } from 'vitest';

import { PictureWatch, type Look } from '@/features/watch/picture-watch';

/** A look each half second for `seconds`; what the last one told. */
function watched(seconds: number, at: (s: number) => Partial<Look>): boolean | undefined {
  const watch = new PictureWatch();
  let told: boolean | undefined;
  for (let s = 0; s <= seconds; s += 0.5) {
    told = watch.look({ atMs: s * 1000, playsAt: s, frames: Math.round(s * 30), isPaused: false, width: 640, ...at(s) });
  }
  return told;
}

describe('PictureWatch', () => {
  it('sees a picture whose frames go on', () => {
    expect(watched(20, () => ({}))).toBe(true);
  });

  it('sees none where there is only sound', () => {
    expect(watched(1, () => ({ width: 0, frames: 0 }))).toBe(false);
  });

  it('sees none when sound goes on and frames do not', () => {
    expect(watched(2, () => ({ frames: 7 }))).toBe(true);
    expect(watched(3.5, () => ({ frames: 7 }))).toBe(false);
  });

  it('sees it again with the next frame', () => {
    expect(watched(6, (s) => ({ frames: s < 5.9 ? 7 : 8 }))).toBe(true);
  });

  it('waits with a stream that waits for data', () => {
    expect(watched(60, () => ({ frames: 13, playsAt: 4 }))).toBe(true);
  });

  it('does not take a jump to the live edge for playing', () => {
    expect(watched(2, (s) => ({ frames: 13, playsAt: s < 1 ? s : s + 30 }))).toBe(true);
  });

  it('keeps the picture of one that is paused', () => {
    expect(watched(60, () => ({ frames: 13, isPaused: true }))).toBe(true);
  });
});
