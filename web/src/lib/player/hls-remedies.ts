import { backoffMs } from '../time';

import type { HlsPace } from './hls-config';

/** A stream without a playlist is asked for this often, so that its first picture is not waited for longer. */
const NOT_YET_MS = 1000;
/** Failures further apart than this have nothing to do with each other. */
const APART_MS = 20_000;
/** Media errors closer together than this are in what was recorded, and come again. */
const RECOVERY_MS = 5000;
/** What this browser can decode may come later than the rest: sizes that are made of the picture are H.264. */
const TRIES_OF_UNSUPPORTED = 5;

const UNSUPPORTED: readonly string[] = [
  'manifestIncompatibleCodecsError',
  'bufferIncompatibleCodecsError',
  'bufferAddCodecError',
];

/** What helps after a fatal error of hls.js, which has stopped loading by then. */
export type Remedy =
  | { act: 'load-again'; afterMs: number }
  /** Goes on at the same place with an empty buffer. */
  | { act: 'reset-media' }
  /** Another grant is needed. */
  | { act: 'join-again' }
  | { act: 'give-up' };

/** As much of what hls.js says of an error as tells what helps. */
export interface FatalError {
  type: string;
  details: string;
  response?: { code?: number | undefined };
}

/** Says what to do about one fatal error after the other of one playback. */
export class HlsRemedies {
  readonly #pace: HlsPace;
  #failures = 0;
  #failedAt = -Infinity;
  #resetAt = -Infinity;

  constructor(pace: HlsPace) {
    this.#pace = pace;
  }

  remedy({ type, details, response }: FatalError, nowMs: number): Remedy {
    const isFree = this.#pace === 'free';
    const status = response?.code ?? 0;
    if (status === 401 || status === 403) return { act: 'join-again' };
    if (status === 404 || status === 410) {
      return isFree ? { act: 'give-up' } : { act: 'load-again', afterMs: NOT_YET_MS };
    }
    if (nowMs - this.#failedAt > APART_MS) this.#failures = 0;
    this.#failedAt = nowMs;
    this.#failures += 1;
    if (UNSUPPORTED.includes(details) && (isFree || this.#failures > TRIES_OF_UNSUPPORTED)) return { act: 'give-up' };
    // At the live edge other media comes, and another initialization segment; what was recorded stays as it is.
    if (type === 'mediaError' && isFree) {
      const isAgain = nowMs - this.#resetAt < RECOVERY_MS;
      this.#resetAt = nowMs;
      return { act: isAgain ? 'give-up' : 'reset-media' };
    }
    return { act: 'load-again', afterMs: backoffMs(this.#failures) };
  }
}
