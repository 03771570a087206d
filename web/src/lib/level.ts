/** Loudness of one channel, as meters show it. Decibels are relative to full scale (dBFS). */
export interface Level {
  peakDb: number;
  rmsDb: number;
  isClipped: boolean;
}

export const SILENCE_DB = -60;

/** A sample at or above this is taken for a clipped one: converters stop just short of 1. */
const CLIP = 0.99;

export function measure(samples: Float32Array): Level {
  let peak = 0;
  let power = 0;
  for (const sample of samples) {
    const size = Math.abs(sample);
    if (size > peak) peak = size;
    power += sample * sample;
  }
  return {
    peakDb: toDb(peak),
    rmsDb: toDb(Math.sqrt(power / Math.max(1, samples.length))),
    isClipped: peak >= CLIP,
  };
}

function toDb(amplitude: number): number {
  return amplitude > 0 ? Math.max(SILENCE_DB, 20 * Math.log10(amplitude)) : SILENCE_DB;
}

export interface Shown {
  levelDb: number;
  holdDb: number;
  isClipped: boolean;
}

/** For how long nothing has come that a meter shows. */
export class Quiet {
  #heardAt: number | null = null;

  /** Seconds, with what was measured at `now`, in seconds. */
  update(levels: readonly Level[], now: number): number {
    if (this.#heardAt === null || levels.some(({ peakDb }) => peakDb > SILENCE_DB)) this.#heardAt = now;
    return now - this.#heardAt;
  }
}

const FALL_DB_PER_S = 24;
const HOLD_S = 1.2;
const HOLD_FALL_DB_PER_S = 12;
const CLIP_S = 1.5;

/** Makes readings legible: rises at once, falls slowly, holds the highest peak, keeps the clip light on for a while. */
export class Ballistics {
  #levelDb = SILENCE_DB;
  #holdDb = SILENCE_DB;
  #heldAt = 0;
  #clippedAt = -Infinity;
  #last: number | null = null;

  update(level: Level, now: number): Shown {
    const elapsed = this.#last === null ? 0 : now - this.#last;
    this.#last = now;
    this.#levelDb = Math.max(level.peakDb, this.#levelDb - FALL_DB_PER_S * elapsed, SILENCE_DB);
    if (level.peakDb >= this.#holdDb) {
      this.#holdDb = level.peakDb;
      this.#heldAt = now;
    } else if (now - this.#heldAt > HOLD_S) {
      this.#holdDb = Math.max(this.#levelDb, this.#holdDb - HOLD_FALL_DB_PER_S * elapsed);
    }
    if (level.isClipped) this.#clippedAt = now;
    return { levelDb: this.#levelDb, holdDb: this.#holdDb, isClipped: now - this.#clippedAt < CLIP_S };
  }
}
