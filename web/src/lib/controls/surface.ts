import type { Command, Desk, DeskPort } from '../mix/desk-port';

import { clamp, type Control, type LibraryRequest, type Wish } from './control';
import { Jog, JOG_REST_MS } from './jog';
import { findControl } from './registry';

/** Takes what keys and controllers ask of the library. */
export type LibraryListener = (request: LibraryRequest) => void;

const JOG_ID = /^deck([1-4])\.jog$/;

/** The desk as keys and controllers play it: by the ids of controls. Unknown ids and an absent desk do nothing. */
export class ControlSurface {
  readonly #port: DeskPort;
  readonly #now: () => number;
  readonly #library = new Set<LibraryListener>();
  readonly #jogs = new Map<number, { jog: Jog; timer: ReturnType<typeof setTimeout> | undefined }>();

  constructor(port: DeskPort, now: () => number = () => performance.now()) {
    this.#port = port;
    this.#now = now;
  }

  get desk(): Desk | null {
    return this.#port.getSnapshot();
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#port.subscribe(listener);

  /** Calls `listener` with what is asked of the library; returns what ends that. */
  readonly onLibraryRequest = (listener: LibraryListener): (() => void) => {
    this.#library.add(listener);
    return () => this.#library.delete(listener);
  };

  press(id: string): void {
    this.#do(id, (control, desk) => control.press?.(desk));
  }

  release(id: string): void {
    this.#do(id, (control, desk) => control.release?.(desk));
  }

  /** Where a control with a range is, 0 to 1; null when it has none now. */
  read(id: string): number | null {
    const desk = this.desk;
    return desk === null ? null : (findControl(id)?.range?.read(desk) ?? null);
  }

  set(id: string, value: number): void {
    this.#do(id, (control, desk) => control.range?.write(desk, clamp(value, 0, 1)));
  }

  /** Turns an endless knob: moves a range by `steps` of `step`, or does what turning the control does. */
  turn(id: string, steps: number, step = 1 / 64): void {
    const jog = JOG_ID.exec(id);
    if (jog !== null) {
      this.#turnJog(id, Number(jog[1]) - 1, steps);
      return;
    }
    this.#do(id, (control, desk) => {
      if (control.turn) return control.turn(desk, steps, null);
      const value = control.range?.read(desk) ?? null;
      return value === null ? [] : control.range?.write(desk, clamp(value + steps * step, 0, 1));
    });
  }

  /** Puts a control with a range where it rests. */
  reset(id: string): void {
    this.#do(id, (control, desk) => control.range?.write(desk, control.range.rest));
  }

  isLit(id: string): boolean {
    const desk = this.desk;
    return desk !== null && (findControl(id)?.isLit?.(desk) ?? false);
  }

  /** Lets go of what is held by time, such as a jog wheel in motion. */
  dispose(): void {
    for (const [deck, { timer }] of this.#jogs) {
      if (timer !== undefined) this.#rest(deck);
    }
    this.#library.clear();
  }

  #do(id: string, act: (control: Control, desk: Desk) => Wish[] | undefined): void {
    const control = findControl(id);
    const desk = this.desk;
    if (control === null || desk === null) return;
    for (const wish of act(control, desk) ?? []) this.#fulfil(wish);
  }

  #fulfil(wish: Wish): void {
    if (isLibraryRequest(wish)) {
      for (const listener of this.#library) listener(wish);
    } else {
      this.#port.send(wish);
    }
  }

  #turnJog(id: string, deck: number, ticks: number): void {
    if (this.desk?.decks[deck]?.playing !== true) {
      this.#do(id, (control, desk) => control.turn?.(desk, ticks, this.#port.playhead(deck)));
      return;
    }
    const entry = this.#jogs.get(deck) ?? { jog: new Jog(), timer: undefined };
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => this.#rest(deck), JOG_REST_MS);
    this.#jogs.set(deck, entry);
    this.#port.send({ command: 'Bend', deck, amount: entry.jog.turn(ticks, this.#now()) });
  }

  #rest(deck: number): void {
    const entry = this.#jogs.get(deck);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    entry.timer = undefined;
    entry.jog.rest();
    this.#port.send({ command: 'Bend', deck, amount: 0 });
  }
}

function isLibraryRequest(wish: Command | LibraryRequest): wish is LibraryRequest {
  return 'library' in wish;
}
