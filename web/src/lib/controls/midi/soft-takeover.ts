/** How near the hardware has to come to what is set: 3 of 128 steps, as Mixxx has it. */
const NEAR = 3 / 128;
/** Below this the setting is still what the hardware asked for: what is sent comes back rounded. */
const SAME = 1 / 256;

/**
 * Keeps a knob whose place differs from what is set from making it jump: the knob does nothing until it has come to, or
 * passed, what is set. That happens after a change of map or deck, and when something else has moved the control.
 */
export class SoftTakeover {
  #last: number | null = null;
  #asked: number | null = null;

  /** The knob is at `hardware`, the control at `set`, both 0 to 1: whether the control may follow. */
  accept(hardware: number, set: number): boolean {
    const before = this.#last;
    this.#last = hardware;
    const isHeld = this.#asked !== null && Math.abs(this.#asked - set) <= SAME;
    const isNear = Math.abs(hardware - set) <= NEAR;
    const hasPassed = before !== null && (before - set) * (hardware - set) <= 0;
    if (!isHeld && !isNear && !hasPassed) {
      this.#asked = null;
      return false;
    }
    this.#asked = hardware;
    return true;
  }
}
