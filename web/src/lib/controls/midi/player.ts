import { findControl } from '../registry';
import type { ControlSurface } from '../surface';

import type { Binding, MidiMap } from './map';
import { readMessage, type MidiMessage } from './message';
import { SoftTakeover } from './soft-takeover';

type Surface = Pick<ControlSurface, 'press' | 'release' | 'read' | 'set' | 'turn'>;

/** Plays a surface by the messages of one controller, as its map says. */
export class MidiPlayer {
  readonly #surface: Surface;
  readonly #bindings = new Map<string, Binding>();
  readonly #takeovers = new Map<Binding, SoftTakeover>();
  /** The upper seven bits that wait for the lower ones, by the binding they belong to. */
  readonly #upper = new Map<Binding, number>();
  readonly #held = new Set<Binding>();

  constructor(surface: Surface, map: MidiMap) {
    this.#surface = surface;
    for (const binding of map.bindings) {
      this.#bindings.set(keyOf(binding.kind, binding.channel, binding.number), binding);
    }
  }

  receive(bytes: Uint8Array | readonly number[]): void {
    const message = readMessage(bytes);
    if (message === null) return;
    const binding = this.#bindings.get(keyOf(message.kind, message.channel, message.number));
    if (binding !== undefined) this.#play(binding, message);
    else if (message.kind === 'cc' && message.number >= 32) this.#playLower(message);
  }

  /** Lets go of what is held, for when the controller is unplugged. */
  releaseAll(): void {
    for (const { control } of this.#held) this.#surface.release(control);
    this.#held.clear();
  }

  #play(binding: Binding, message: MidiMessage): void {
    const { value } = message;
    switch (binding.mode) {
      case 'button':
        this.#press(binding, message.kind === 'cc' ? value >= 64 : value > 0);
        break;
      case 'absolute':
        this.#set(binding, value / (message.kind === 'pitch' ? 0x3fff : 0x7f));
        break;
      case 'absolute14':
        // It is taken up when the lower seven bits are here too, or the control would move in two steps.
        this.#upper.set(binding, value);
        break;
      case 'twos':
        this.#turn(binding, value < 64 ? value : value - 128);
        break;
      case 'offset':
        this.#turn(binding, value - 64);
        break;
    }
  }

  #playLower(message: MidiMessage): void {
    const binding = this.#bindings.get(keyOf('cc', message.channel, message.number - 32));
    if (binding?.mode !== 'absolute14') return;
    const upper = this.#upper.get(binding);
    if (upper !== undefined) this.#set(binding, ((upper << 7) | message.value) / 0x3fff);
  }

  #press(binding: Binding, isDown: boolean): void {
    if (isDown === this.#held.has(binding)) return;
    if (isDown) {
      this.#held.add(binding);
      this.#surface.press(binding.control);
    } else {
      this.#held.delete(binding);
      this.#surface.release(binding.control);
    }
  }

  #set(binding: Binding, value: number): void {
    const wanted = binding.isInverted === true ? 1 - value : value;
    if (findControl(binding.control)?.range === undefined) {
      this.#press(binding, wanted >= 0.5);
      return;
    }
    const set = this.#surface.read(binding.control);
    if (set === null) return;
    const takeover = this.#takeovers.get(binding) ?? new SoftTakeover();
    this.#takeovers.set(binding, takeover);
    if (takeover.accept(wanted, set)) this.#surface.set(binding.control, wanted);
  }

  #turn(binding: Binding, steps: number): void {
    if (steps !== 0) this.#surface.turn(binding.control, binding.isInverted === true ? -steps : steps);
  }
}

function keyOf(kind: string, channel: number, number: number): string {
  return `${kind} ${channel} ${number}`;
}
