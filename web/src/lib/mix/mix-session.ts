import type { Command } from './commands';
import type { Desk, Moment } from './desk';
import type { DeskPort, Playhead } from './desk-port';
import { DeskStore } from './desk-store';
import { hearingDelayS, sampleHearing, type HearingSample } from './hearing';
import type { OpenSocket } from './lines';
import { MixClock } from './mix-clock';
import { MixLink, type LinkState } from './mix-link';
import { Monitor, type MonitorGrant, type MonitorPorts, type MonitorState } from './monitor';
import { Motion } from './motion';

export interface MixSessionPorts extends Pick<MonitorPorts, 'fetch' | 'createPeerConnection' | 'requestGrant'> {
  openSocket: OpenSocket;
  load: (place: { deck: number } | { pad: number }, trackId: string | null) => Promise<void>;
  /** Members, lead or life of the mix have changed. */
  onChanged: () => void;
  onLink: (state: LinkState) => void;
  onMonitor: (state: MonitorState) => void;
  /** A command that was not done, and why. */
  onRefusal: (message: string) => void;
}

const LISTEN_MS = 500;

/** This device in a mix: its desk, what is heard of it, and the ways there and back. */
export class MixSession implements DeskPort {
  readonly device: string;
  readonly clock = new MixClock();
  readonly #ports: MixSessionPorts;
  readonly #store = new DeskStore();
  readonly #motion = new Motion();
  readonly #link: MixLink;
  readonly #monitor: Monitor;
  #heard: { pc: RTCPeerConnection; sample: HearingSample } | null = null;
  readonly #listening: ReturnType<typeof setInterval>;

  constructor(device: string, grant: MonitorGrant | null, ports: MixSessionPorts) {
    this.device = device;
    this.#ports = ports;
    this.#link = new MixLink(device, ports.openSocket, {
      onDesk: (desk, pending) => this.#store.confirm(desk, pending),
      onMoment: (moment) => this.#motion.add(moment),
      onPending: (pending) => this.#store.show(pending),
      onPong: (sentAtMs, mixerAt) => this.clock.pong(sentAtMs / 1000, mixerAt, performance.now() / 1000),
      onRefusal: ports.onRefusal,
      onState: ports.onLink,
      onChanged: ports.onChanged,
    });
    this.#monitor = new Monitor({
      fetch: ports.fetch,
      createPeerConnection: ports.createPeerConnection,
      requestGrant: ports.requestGrant,
      onState: (state) => {
        if (state.status !== 'connected') this.clock.silence();
        ports.onMonitor(state);
      },
      onChannel: (channel) => this.#link.offer(channel),
    });
    this.#monitor.start(grant);
    // A reading that fails is of a connection that is closing: the next one is of another.
    this.#listening = setInterval(() => void this.#listen().catch(() => undefined), LISTEN_MS);
  }

  get connection(): RTCPeerConnection | null {
    return this.#monitor.connection;
  }

  get subscribe(): (listener: () => void) => () => void {
    return this.#store.subscribe;
  }

  get getSnapshot(): () => Desk | null {
    return this.#store.getSnapshot;
  }

  send(command: Command): void {
    this.#link.send(command);
  }

  load(deck: number, trackId: string | null): Promise<void> {
    return this.#ports.load({ deck }, trackId);
  }

  loadPad(pad: number, trackId: string | null): Promise<void> {
    return this.#ports.load({ pad }, trackId);
  }

  playhead(deck: number): Playhead | null {
    return this.#motion.playhead(deck, this.#heardAt());
  }

  /** Meters and lights, as of what is heard now. */
  moment(): Moment | null {
    return this.#motion.moment(this.#heardAt());
  }

  /** The media server is to be left by who listens there. */
  move(workerId: string): void {
    this.#monitor.move(workerId);
  }

  stop(): void {
    clearInterval(this.#listening);
    this.#monitor.stop();
    this.#link.stop();
  }

  #heardAt(): number | null {
    return this.clock.heardAt(performance.now() / 1000);
  }

  async #listen(): Promise<void> {
    const pc = this.#monitor.connection;
    if (pc === null) return;
    const report = (await pc.getStats()) as unknown as Map<string, Record<string, unknown>>;
    if (pc !== this.#monitor.connection) return;
    const sample = sampleHearing(report.values());
    const before = this.#heard?.pc === pc ? this.#heard.sample : null;
    this.#heard = { pc, sample };
    if (sample.playoutMs !== null) this.clock.playout(sample.playoutMs, performance.now() / 1000);
    const delayS = before === null ? null : hearingDelayS(before, sample);
    if (delayS !== null) this.clock.delay(delayS);
  }
}
