import { SAMPLE_RATE } from './commands';
import type { DeckMoment, Moment } from './desk';
import type { Playhead } from './desk-port';

/** Moments kept: two seconds and a half of 25 a second, more than any delay between mixer and ear. */
const KEPT = 64;
/** A playhead is drawn on this long after the last that was heard of it; then it stands. */
const BEYOND_S = 0.5;
/** Two moments whose positions fit their rate within this are of one movement; else the playhead jumped between them. */
const SLACK_S = 0.02;

/** What moves, as of a time that lies a little in the past: moments, and the way between them. */
export class Motion {
  #moments: Moment[] = [];

  add(moment: Moment): void {
    const last = this.#moments.at(-1);
    // One that is older came by the slower of two ways; one much older is of a mixer whose clock was set anew.
    if (last !== undefined && moment.at <= last.at) {
      if (last.at - moment.at < 5) return;
      this.#moments = [];
    }
    this.#moments.push(moment);
    if (this.#moments.length > KEPT) this.#moments.shift();
  }

  /** The newest moment that is heard at `at`, else the oldest there is; null before the first. */
  moment(at: number | null): Moment | null {
    if (at === null) return this.#moments.at(-1) ?? null;
    for (let index = this.#moments.length - 1; index >= 0; index -= 1) {
      const moment = this.#moments[index];
      if (moment !== undefined && moment.at <= at) return moment;
    }
    return this.#moments[0] ?? null;
  }

  playhead(deck: number, at: number | null): Playhead | null {
    const from = this.moment(at);
    const here = from?.decks[deck];
    if (from === null || here === undefined) return null;
    const sinceS = at === null ? 0 : Math.min(Math.max(at - from.at, 0), BEYOND_S);
    const rate = this.#rate(deck, from, here);
    const passed = rate * sinceS * SAMPLE_RATE;
    const beatsPerFrame = this.#beatsPerFrame(deck, here);
    return { frame: here[0] + passed, rate, beat: here[2] + passed * beatsPerFrame };
  }

  /** How fast the playhead really moves from `from` on: a stopped deck has a rate, too, but goes nowhere. */
  #rate(deck: number, from: Moment, here: DeckMoment): number {
    const index = this.#moments.indexOf(from);
    const next = this.#moments[index + 1];
    const there = next?.decks[deck];
    if (next !== undefined && there !== undefined) return between(from, here, next, there) ?? here[1];
    const before = this.#moments[index - 1];
    const earlier = before?.decks[deck];
    if (before === undefined || earlier === undefined) return 0;
    return between(before, earlier, from, here) ?? here[1];
  }

  #beatsPerFrame(deck: number, here: DeckMoment): number {
    for (let index = this.#moments.length - 1; index >= 0; index -= 1) {
      const other = this.#moments[index]?.decks[deck];
      if (other !== undefined && other[0] !== here[0]) return (other[2] - here[2]) / (other[0] - here[0]);
    }
    return 0;
  }
}

/** Frames per frame from one moment to the next; null when the playhead jumped in between. */
function between(first: Moment, a: DeckMoment, second: Moment, b: DeckMoment): number | null {
  const frames = (second.at - first.at) * SAMPLE_RATE;
  const moved = b[0] - a[0];
  if (frames <= 0) return null;
  const slack = SLACK_S * SAMPLE_RATE;
  const isOfOneMovement = Math.abs(moved - a[1] * frames) < slack || Math.abs(moved) < slack / 10;
  // A deck that starts or stops in between moved less far than its rate says, in the same direction.
  const isPartly = moved * a[1] > 0 && Math.abs(moved) < Math.abs(a[1]) * frames + slack;
  return isOfOneMovement || isPartly ? moved / frames : null;
}
