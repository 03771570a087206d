import type { Control } from '../control';

import type { Binding, Mode } from './map';
import { readMessage, type MidiMessage } from './message';

/** After so much silence what was moved has been moved. */
export const LEARN_QUIET_MS = 350;
const ENOUGH = 24;

/** Finds out what a part of a controller sends, from moving it: what it is bound by, and how its values are meant. */
export class Learner {
  readonly #control: Control;
  readonly #heard: MidiMessage[] = [];
  #lastAt = 0;

  constructor(control: Control) {
    this.#control = control;
  }

  get control(): Control {
    return this.#control;
  }

  /** `now` is in milliseconds. Answers with the binding once it is certain without waiting longer. */
  receive(bytes: Uint8Array | readonly number[], now: number): Binding | null {
    const message = readMessage(bytes);
    if (message === null) return null;
    // A key let go says nothing before one was pressed.
    if (message.kind === 'note' && message.value === 0 && this.#heard.length === 0) return null;
    this.#heard.push(message);
    this.#lastAt = now;
    return message.kind === 'note' || this.#heard.length >= ENOUGH ? this.#conclude() : null;
  }

  /** The binding, once the movement is over; null while it goes on, or nothing was moved. */
  settle(now: number): Binding | null {
    if (this.#heard.length === 0 || now - this.#lastAt < LEARN_QUIET_MS) return null;
    return this.#conclude();
  }

  #conclude(): Binding | null {
    const source = this.#source();
    if (source === undefined) return null;
    const { kind, channel, number } = source;
    return { kind, channel, number, mode: this.#mode(source), control: this.#control.id };
  }

  /** What came most often; of a pair of controllers 32 apart, the upper half of the value. */
  #source(): MidiMessage | undefined {
    const counts = new Map<string, number>();
    for (const message of this.#heard) counts.set(nameOf(message), (counts.get(nameOf(message)) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const found = this.#heard.find((message) => counts.get(nameOf(message)) === most);
    if (found?.kind !== 'cc' || found.number < 32) return found;
    const upper = this.#heard.find(
      ({ kind, channel, number }) => kind === 'cc' && channel === found.channel && number === found.number - 32,
    );
    return upper ?? found;
  }

  #mode(source: MidiMessage): Mode {
    if (source.kind === 'note') return 'button';
    const { press, range, turn } = this.#control;
    if (source.kind === 'pitch') return range ? 'absolute' : 'button';
    const values = this.#heard.filter((message) => nameOf(message) === nameOf(source)).map(({ value }) => value);
    const isPaired = this.#heard.some(
      ({ kind, channel, number }) => kind === 'cc' && channel === source.channel && number === source.number + 32,
    );
    if (isPaired && range) return 'absolute14';
    if (turn || (range && isRelative(values)))
      return values.every((value) => Math.abs(value - 64) < 24) ? 'offset' : 'twos';
    return press && !range ? 'button' : 'absolute';
  }
}

/** An endless knob says the same small step again and again; one with ends never says the same place twice in a row. */
function isRelative(values: readonly number[]): boolean {
  return (
    values.length >= 3 &&
    values.every((value, index) => index === 0 || isStep(value)) &&
    values.some((value, index) => value === values[index - 1])
  );
}

function isStep(value: number): boolean {
  return value <= 8 || value >= 120 || Math.abs(value - 64) <= 8;
}

function nameOf({ kind, channel, number }: MidiMessage): string {
  return `${kind} ${channel} ${number}`;
}
