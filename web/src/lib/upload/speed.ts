const WINDOW_MS = 6000;

/** Bytes a second over the last six seconds, so that one stall or burst does not make the estimate jump. */
export class Speed {
  readonly #marks: { at: number; bytes: number }[] = [];

  /** `bytes` have gone in all; `now` is in milliseconds. */
  mark(bytes: number, now: number): void {
    this.#marks.push({ at: now, bytes });
    while (this.#marks.length > 2 && now - (this.#marks[1]?.at ?? now) >= WINDOW_MS) this.#marks.shift();
  }

  /** Null until there is something to tell from. */
  get bytesPerSecond(): number | null {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 250) return null;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }

  /** Seconds until `bytes` more have gone at this speed; null when nothing moves. */
  remainingS(bytes: number): number | null {
    const speed = this.bytesPerSecond;
    return speed === null || speed === 0 ? null : bytes / speed;
  }
}
