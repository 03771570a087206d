import type { HlsPace } from './hls-config';

/** How far behind where it is to play, before it is moved there: hls.js itself catches up by rate alone. */
const MAX_BEHIND_S: Record<HlsPace, number> = { 'low-latency': 3, smooth: 12, free: Infinity };
/** Who has played less than this since the last move has not come to play. */
const PLAYED_S = 1;
/** So long it has to come to play, before another place is better. */
const GIVEN_MS = 5000;
/** What is to be moved again within this time cannot follow at its pace. */
const AGAIN_MS = 60_000;

/** `ease`: go on where it is, by whole segments and further behind. */
export type EdgeAdvice = 'stay' | 'move' | 'ease';

/**
 * Keeps a player near the live edge without having it run after the edge for ever: on a path of long round trips parts
 * come more slowly than they are played, and each move throws away what was on its way.
 */
export class LiveEdge {
  #pace: HlsPace;
  #sinceMs: number;
  #playedS = 0;
  #movedMs = -Infinity;

  constructor(pace: HlsPace, nowMs: number) {
    this.#pace = pace;
    this.#sinceMs = nowMs;
  }

  /** To be asked each second or so. `behindS`: behind where it is to play; `playedS`: what was played so far. */
  look({ nowMs, behindS, playedS }: { nowMs: number; behindS: number; playedS: number }): EdgeAdvice {
    if (behindS <= MAX_BEHIND_S[this.#pace]) return 'stay';
    // What was loaded anew counts anew.
    this.#playedS = Math.min(this.#playedS, playedS);
    const hasPlayed = playedS - this.#playedS >= PLAYED_S;
    if (!hasPlayed && nowMs - this.#sinceMs < GIVEN_MS) return 'stay';
    const cannotFollow = !hasPlayed || nowMs - this.#movedMs < AGAIN_MS;
    this.rest(nowMs, playedS);
    if (cannotFollow && this.#pace === 'low-latency') {
      this.#pace = 'smooth';
      return 'ease';
    }
    this.#movedMs = nowMs;
    return 'move';
  }

  /** It does not play because it is not to. */
  rest(nowMs: number, playedS: number): void {
    this.#sinceMs = nowMs;
    this.#playedS = playedS;
  }
}
