/** Turns the mixer's time into what is heard here. Seconds everywhere; `now` is of `performance.now`, in seconds. */

/** 1 January 1970 in seconds of NTP (RFC 5905 §6). */
const NTP_EPOCH_S = 2_208_988_800;
/** How fast a changed delay is followed: a part of the difference with each reading. */
const FOLLOW = 0.25;
/** A change above this is a new connection or a glitch that was heard too: it is taken at once. */
const JUMP_S = 0.25;
/** Before anything is measured: what the way, the jitter buffer and the sound card add up to, as a rule. */
const ASSUMED_DELAY_S = 0.08;

export class MixClock {
  /** Mixer time minus our time, of what is heard now. */
  #heard: number | null = null;
  /** Seconds from the mixer to the ear, as statistics add up, where the browser does not tell the time itself. */
  #measuredS: number | null = null;
  /** Mixer time minus our time, of what is made now; from the ping with the shortest way. */
  #made: { offsetS: number; rttS: number; at: number } | null = null;

  /** Mixer time, epoch seconds, that is heard at `now`; null while unknown. */
  heardAt(now: number): number | null {
    if (this.#heard !== null) return now + this.#heard;
    return this.#made === null ? null : now + this.#made.offsetS - (this.#measuredS ?? ASSUMED_DELAY_S);
  }

  /** Seconds from the mixer to the ear; null while nothing is heard. */
  get delayS(): number | null {
    return this.#heard === null || this.#made === null ? this.#measuredS : this.#made.offsetS - this.#heard;
  }

  /** Seconds there and back to the mixer; null before the first answer. */
  get rttS(): number | null {
    return this.#made?.rttS ?? null;
  }

  pong(sentAt: number, mixerAt: number, now: number): void {
    const rttS = now - sentAt;
    const reading = { offsetS: mixerAt - (sentAt + now) / 2, rttS, at: now };
    // A shorter way leaves less to guess; but clocks drift, so that an old reading counts for ever less.
    if (this.#made === null || rttS < this.#made.rttS + (now - this.#made.at) * 0.001) this.#made = reading;
    else this.#made = { ...this.#made, rttS: this.#made.rttS + 0.2 * (rttS - this.#made.rttS) };
  }

  /** `playoutMs`: the receiver's `estimatedPlayoutTimestamp` at `now` (W3C webrtc-stats), since 1900 or since 1970. */
  playout(playoutMs: number, now: number): void {
    const seconds = playoutMs / 1000;
    const reading = (seconds > NTP_EPOCH_S ? seconds - NTP_EPOCH_S : seconds) - now;
    if (this.#heard === null || Math.abs(reading - this.#heard) > JUMP_S) this.#heard = reading;
    else this.#heard += FOLLOW * (reading - this.#heard);
  }

  /** What statistics say of the way to the ear, in seconds. */
  delay(seconds: number): void {
    const last = this.#measuredS;
    if (last === null || Math.abs(seconds - last) > JUMP_S) this.#measuredS = seconds;
    else this.#measuredS = last + FOLLOW * (seconds - last);
  }

  /** Nothing is heard any more. */
  silence(): void {
    this.#heard = null;
    this.#measuredS = null;
  }
}
