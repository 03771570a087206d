import { findControl } from '../registry';
import type { ControlSurface } from '../surface';

import { Learner, LEARN_QUIET_MS } from './learn';
import { MidiLights } from './lights';
import { withBinding, type Binding, type MidiMap } from './map';
import { MidiPlayer } from './player';
import { keepMap, mapFor } from './stored-maps';

export interface MidiDevice {
  name: string;
  isConnected: boolean;
  map: MidiMap;
}

export interface MidiState {
  access: 'unsupported' | 'idle' | 'asking' | 'refused' | 'granted';
  devices: readonly MidiDevice[];
  /** The id of the control that the next part to be moved is given to. */
  learning: string | null;
  /** What was learned last. */
  learned: Binding | null;
}

/** The parts of MIDIAccess that are used, as the Web MIDI API has them. */
export type Access = Pick<MIDIAccess, 'inputs' | 'outputs' | 'addEventListener' | 'removeEventListener'>;
export type RequestAccess = () => Promise<Access>;

interface Plugged {
  input: MIDIInput;
  output: MIDIOutput | null;
  map: MidiMap;
  player: MidiPlayer;
  lights: MidiLights;
  hear: (event: MIDIMessageEvent) => void;
}

/** Every controller of this computer, playing one surface; null for `request` where the browser has no Web MIDI. */
export class MidiDevices {
  readonly #surface: ControlSurface;
  readonly #request: RequestAccess | null;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #plugged = new Map<string, Plugged>();
  #access: Access | null = null;
  #learner: Learner | null = null;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #state: MidiState;
  readonly #stopLights: () => void;

  constructor(surface: ControlSurface, request: RequestAccess | null, now: () => number = () => performance.now()) {
    this.#surface = surface;
    this.#request = request;
    this.#now = now;
    this.#state = { access: request === null ? 'unsupported' : 'idle', devices: [], learning: null, learned: null };
    this.#stopLights = surface.subscribe(() => this.#light());
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): MidiState => this.#state;

  /** Asks for leave, and takes up every controller there is and that comes. */
  async open(): Promise<void> {
    if (this.#request === null || this.#access !== null || this.#state.access === 'asking') return;
    this.#become({ access: 'asking' });
    try {
      this.#access = await this.#request();
    } catch {
      // Refused by the person, or by the policy of the page.
      this.#become({ access: 'refused' });
      return;
    }
    this.#access.addEventListener('statechange', this.#plug);
    this.#plug();
    this.#become({ access: 'granted' });
  }

  close(): void {
    clearTimeout(this.#settling);
    this.#stopLights();
    this.#access?.removeEventListener('statechange', this.#plug);
    for (const id of [...this.#plugged.keys()]) this.#unplug(id);
    this.#listeners.clear();
  }

  /** The next part that is moved on any controller becomes `controlId`; null ends the learning. */
  learn(controlId: string | null): void {
    clearTimeout(this.#settling);
    const control = controlId === null ? null : findControl(controlId);
    this.#learner = control === null ? null : new Learner(control);
    this.#become({ learning: control?.id ?? null, learned: null });
  }

  /** Gives a device another map, and keeps it for all devices of that name. */
  setMap(device: string, map: MidiMap): void {
    keepMap(device, map);
    for (const plugged of this.#plugged.values()) {
      if (nameOf(plugged.input) === device) this.#use(plugged, map);
    }
    this.#show();
  }

  readonly #plug = (): void => {
    const access = this.#access;
    if (access === null) return;
    for (const input of access.inputs.values()) {
      if (input.state === 'connected' && !this.#plugged.has(input.id)) this.#take(access, input);
    }
    for (const [id, { input }] of this.#plugged) {
      if (input.state === 'disconnected') this.#unplug(id);
    }
    this.#show();
  };

  #take(access: Access, input: MIDIInput): void {
    const output = [...access.outputs.values()].find(({ name, state }) => name === input.name && state === 'connected');
    const map = mapFor(nameOf(input));
    const plugged: Plugged = {
      input,
      output: output ?? null,
      map,
      player: new MidiPlayer(this.#surface, map),
      lights: new MidiLights(this.#surface, map),
      hear: ({ data }) => {
        if (data !== null) this.#receive(plugged, data);
      },
    };
    this.#plugged.set(input.id, plugged);
    // Listening opens the port.
    input.addEventListener('midimessage', plugged.hear);
    this.#send(plugged, plugged.lights.update());
  }

  #unplug(id: string): void {
    const plugged = this.#plugged.get(id);
    if (plugged === undefined) return;
    this.#plugged.delete(id);
    plugged.input.removeEventListener('midimessage', plugged.hear);
    plugged.player.releaseAll();
    this.#send(plugged, plugged.lights.allOff());
    // A port that has gone cannot be closed, and need not be.
    void plugged.input.close().catch(() => undefined);
  }

  #receive(plugged: Plugged, data: Uint8Array): void {
    if (this.#learner === null) {
      plugged.player.receive(data);
      return;
    }
    const binding = this.#learner.receive(data, this.#now());
    if (binding !== null) {
      this.#keep(plugged, binding);
      return;
    }
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      const settled = this.#learner?.settle(this.#now()) ?? null;
      if (settled !== null) this.#keep(plugged, settled);
    }, LEARN_QUIET_MS + 10);
  }

  #keep(plugged: Plugged, binding: Binding): void {
    clearTimeout(this.#settling);
    this.#learner = null;
    this.setMap(nameOf(plugged.input), withBinding(plugged.map, binding));
    this.#become({ learning: null, learned: binding });
  }

  #use(plugged: Plugged, map: MidiMap): void {
    plugged.player.releaseAll();
    this.#send(plugged, plugged.lights.allOff());
    plugged.map = map;
    plugged.player = new MidiPlayer(this.#surface, map);
    plugged.lights = new MidiLights(this.#surface, map);
    this.#send(plugged, plugged.lights.update());
  }

  #light(): void {
    for (const plugged of this.#plugged.values()) this.#send(plugged, plugged.lights.update());
  }

  #send({ output }: Plugged, messages: number[][]): void {
    if (output?.state !== 'connected') return;
    for (const message of messages) output.send(message);
  }

  #show(): void {
    this.#become({
      devices: [...this.#plugged.values()].map(({ input, map }) => ({
        name: nameOf(input),
        isConnected: input.state === 'connected',
        map,
      })),
    });
  }

  #become(changes: Partial<MidiState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

function nameOf(input: MIDIInput): string {
  return input.name ?? 'A controller';
}

/** The browser's Web MIDI, without system exclusive messages; null where it has none, or the page is not secure. */
export function browserMidi(): RequestAccess | null {
  const request = (navigator as { requestMIDIAccess?: Navigator['requestMIDIAccess'] }).requestMIDIAccess;
  return request === undefined ? null : () => request.call(navigator, { sysex: false });
}
