import type { Access } from '@/lib/controls/midi/devices';

/** A port that behaves as those of the Web MIDI API do: it says when it comes and goes, and opens when listened to. */
class FakePort extends EventTarget {
  state: MIDIPortDeviceState = 'connected';
  connection: MIDIPortConnectionState = 'closed';
  readonly id: string;
  readonly name: string;

  constructor(id: string, name: string) {
    super();
    this.id = id;
    this.name = name;
  }

  close(): Promise<this> {
    this.connection = 'closed';
    return Promise.resolve(this);
  }
}

export class FakeInput extends FakePort {
  override addEventListener(...listening: Parameters<EventTarget['addEventListener']>): void {
    super.addEventListener(...listening);
    this.connection = 'open';
  }

  /** A part of the controller is moved. */
  play(...messages: number[][]): void {
    for (const message of messages) {
      this.dispatchEvent(Object.assign(new Event('midimessage'), { data: Uint8Array.from(message) }));
    }
  }
}

export class FakeOutput extends FakePort {
  readonly sent: number[][] = [];

  send(data: Iterable<number>): void {
    if (this.state === 'disconnected') throw new DOMException('The port is gone.', 'InvalidStateError');
    this.sent.push([...data]);
  }

  take(): number[][] {
    return this.sent.splice(0);
  }
}

/** A computer with controllers that can be plugged in and out. */
export class FakeMidi extends EventTarget {
  readonly inputs = new Map<string, FakeInput>();
  readonly outputs = new Map<string, FakeOutput>();

  plug(name: string): { input: FakeInput; output: FakeOutput } {
    const input = new FakeInput(`${name} in`, name);
    const output = new FakeOutput(`${name} out`, name);
    this.inputs.set(input.id, input);
    this.outputs.set(output.id, output);
    this.dispatchEvent(new Event('statechange'));
    return { input, output };
  }

  unplug(name: string): void {
    for (const ports of [this.inputs, this.outputs]) {
      for (const port of ports.values()) {
        if (port.name !== name) continue;
        port.state = 'disconnected';
        port.connection = 'pending';
        ports.delete(port.id);
      }
    }
    this.dispatchEvent(new Event('statechange'));
  }

  readonly request = (): Promise<Access> => Promise.resolve(this as unknown as Access);
}
