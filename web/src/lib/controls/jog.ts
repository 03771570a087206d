/** The bend of a tick a second, so that a turn in two seconds of a wheel of 128 ticks bends by 4%. */
const BEND_PER_TICK_HZ = 0.04 / 64;
const MAX_BEND = 0.12;
/** A wheel that gave no tick for so long has been let go. */
export const JOG_REST_MS = 100;

/** Turns the ticks of a jog wheel into a bend of the tempo, which ends when the wheel does. */
export class Jog {
  #lastAt: number | null = null;
  #bend = 0;

  /** `ticks` since the last call; answers with the bend. `now` is in milliseconds. */
  turn(ticks: number, now: number): number {
    const sinceMs = this.#lastAt === null ? JOG_REST_MS : Math.max(1, now - this.#lastAt);
    const wanted = (ticks * 1000 * BEND_PER_TICK_HZ) / Math.min(sinceMs, JOG_REST_MS);
    // Ticks come unevenly: half of the old bend stays, so that it does not flutter.
    this.#bend = Math.min(MAX_BEND, Math.max(-MAX_BEND, (this.#bend + wanted) / 2));
    this.#lastAt = now;
    return this.#bend;
  }

  rest(): void {
    this.#lastAt = null;
    this.#bend = 0;
  }
}
