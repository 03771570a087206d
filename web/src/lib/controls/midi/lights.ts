import { findControl } from '../registry';
import type { ControlSurface } from '../surface';

import type { MidiMap } from './map';
import { noteBytes } from './message';

const ON = 0x7f;
const OFF = 0;

/** The lights behind the buttons of one controller: says what has to be sent so that they show the desk. */
export class MidiLights {
  readonly #surface: Pick<ControlSurface, 'isLit'>;
  readonly #notes: { channel: number; number: number; control: string }[];
  readonly #shown = new Map<string, boolean>();

  constructor(surface: Pick<ControlSurface, 'isLit'>, map: MidiMap) {
    this.#surface = surface;
    this.#notes = map.bindings.filter(
      ({ kind, control }) => kind === 'note' && findControl(control)?.isLit !== undefined,
    );
  }

  /** The messages for what has changed since the last call. */
  update(): number[][] {
    const messages = [];
    for (const { channel, number, control } of this.#notes) {
      const isLit = this.#surface.isLit(control);
      const name = `${channel} ${number}`;
      if (this.#shown.get(name) === isLit) continue;
      this.#shown.set(name, isLit);
      messages.push(noteBytes(channel, number, isLit ? ON : OFF));
    }
    return messages;
  }

  /** The messages that leave every light dark. */
  allOff(): number[][] {
    this.#shown.clear();
    return this.#notes.map(({ channel, number }) => noteBytes(channel, number, OFF));
  }
}
