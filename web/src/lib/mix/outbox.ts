import { controlOf, type Command } from './commands';

export type Numbered = [seq: number, command: Command];

export interface OutboxLimits {
  /** Between two messages at least. */
  intervalMs: number;
  /** Without an acknowledgement for this long a command is sent again. */
  resendMs: number;
  /** Commands in one message. */
  batch: number;
  /** Commands on their way. When that many are, a further one is turned away. */
  capacity: number;
  /** What waited this long has missed its moment: an action is dropped, a control's position is still sent. */
  lapseMs: number;
}

export const OUTBOX_LIMITS: OutboxLimits = { intervalMs: 1000 / 60, resendMs: 300, batch: 64, capacity: 256, lapseMs: 2000 };

interface Waiting {
  command: Command;
  control: string | null;
  putAt: number;
}

interface Sent extends Waiting {
  seq: number;
  sentAt: number;
}

/**
 * What this device asked of the mix and has not been told is done. It is fed and polled, and knows no clock: `now` is
 * in milliseconds. Numbers are given as commands leave, from 1 upwards, so that movements which were overtaken while
 * they waited leave no gap.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  #waiting: Waiting[] = [];
  #sent: Sent[] = [];
  #lastSeq = 0;
  #lastTake = -Infinity;

  constructor(limits: OutboxLimits = OUTBOX_LIMITS) {
    this.#limits = limits;
  }

  /** False when it is full, and `command` was turned away. */
  put(command: Command, now: number): boolean {
    const control = controlOf(command);
    const overtaken = control === null ? -1 : this.#waiting.findIndex((waiting) => waiting.control === control);
    // A movement overtakes an older one of the same control only where no action lies between them.
    if (overtaken >= 0 && this.#waiting.slice(overtaken).every((waiting) => waiting.control !== null)) {
      this.#waiting[overtaken] = { command, control, putAt: now };
      return true;
    }
    if (this.#waiting.length + this.#sent.length >= this.#limits.capacity) return false;
    this.#waiting.push({ command, control, putAt: now });
    return true;
  }

  /** What the next message carries; null when nothing is to be sent at `now`. */
  take(now: number): Numbered[] | null {
    if (now < this.#lastTake + this.#limits.intervalMs) return null;
    const again = this.#sent.filter((sent) => now >= sent.sentAt + this.#limits.resendMs).slice(0, this.#limits.batch);
    for (const sent of again) sent.sentAt = now;
    const fresh = this.#waiting.splice(0, this.#limits.batch - again.length).map((waiting) => {
      this.#lastSeq += 1;
      return { ...waiting, seq: this.#lastSeq, sentAt: now };
    });
    this.#sent.push(...fresh);
    if (again.length + fresh.length === 0) return null;
    this.#lastTake = now;
    return [...again, ...fresh].map(({ seq, command }) => [seq, command]);
  }

  /** When `take` next has something, if nothing else happens; null for never. */
  nextDue(): number | null {
    const dues = this.#sent.map((sent) => sent.sentAt + this.#limits.resendMs);
    if (this.#waiting.length > 0) dues.push(-Infinity);
    if (dues.length === 0) return null;
    return Math.max(Math.min(...dues), this.#lastTake + this.#limits.intervalMs);
  }

  /** The mixer has taken everything up to `seq`. */
  acknowledge(seq: number): void {
    this.#sent = this.#sent.filter((sent) => sent.seq > seq);
  }

  /** The mixer refused one; returns it, if it was still open. */
  refuse(seq: number): Command | null {
    const refused = this.#sent.find((sent) => sent.seq === seq);
    this.#sent = this.#sent.filter((sent) => sent.seq !== seq);
    return refused?.command ?? null;
  }

  /** The way to the mixer is another one now: what was on the old one may be lost, and goes first. */
  resendAll(): void {
    for (const sent of this.#sent) sent.sentAt = -Infinity;
  }

  /** Drops actions that have waited too long, and returns how many. For while there is no way to the mixer. */
  lapse(now: number): number {
    const isTimely = (waiting: Waiting): boolean =>
      waiting.control !== null || now < waiting.putAt + this.#limits.lapseMs;
    const before = this.#waiting.length + this.#sent.length;
    this.#waiting = this.#waiting.filter(isTimely);
    this.#sent = this.#sent.filter(isTimely);
    return before - this.#waiting.length - this.#sent.length;
  }

  /** In the order in which they were asked. */
  pending(): Command[] {
    return [...this.#sent, ...this.#waiting].map(({ command }) => command);
  }
}
