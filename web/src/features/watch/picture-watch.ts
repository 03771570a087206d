/** Sound that goes on for this long without a new frame has lost its picture: the camera was turned off. */
const STILL_MS = 3000;

/** What a video element tells, and when. */
export interface Look {
  atMs: number;
  /** Where it plays, in seconds. */
  playsAt: number;
  /** Shown and dropped, since the element got its source. */
  frames: number;
  isPaused: boolean;
  width: number;
}

/** Whether what plays has a picture, told from looks at it. While nothing plays, since it waits for data, nothing is told. */
export class PictureWatch {
  #last: Look | null = null;
  #stillMs = 0;

  look(now: Look): boolean {
    const last = this.#last;
    this.#last = now;
    if (now.frames !== last?.frames || now.isPaused) this.#stillMs = 0;
    else this.#stillMs += playedMs(last, now);
    return now.width > 0 && this.#stillMs < STILL_MS;
  }
}

/** A jump to another place is no playing. */
function playedMs(last: Look, now: Look): number {
  return Math.min(Math.max(0, now.playsAt - last.playsAt) * 1000, now.atMs - last.atMs);
}
