import { type Command } from './commands';
import { isDesk, isMoment, isPong, isRefusal, type Desk, type Moment } from './desk';
import { dataLine, type Hear, type Line, type OpenSocket, type Via } from './lines';
import { Outbox } from './outbox';

export type LinkState =
  | { status: 'connecting' }
  | { status: 'connected'; via: Via }
  /** Nothing is heard of the mix. */
  | { status: 'lost' }
  /** We are no member, or no longer. */
  | { status: 'refused'; code: string; message: string };

export interface LinkEvents {
  onDesk: (desk: Desk, pending: readonly Command[]) => void;
  onMoment: (moment: Moment) => void;
  /** What is asked has changed without news of the mix. */
  onPending: (pending: readonly Command[]) => void;
  onPong: (sentAtMs: number, mixerAt: number) => void;
  onRefusal: (message: string) => void;
  onState: (state: LinkState) => void;
  /** Members, lead or life of the mix have changed. */
  onChanged: () => void;
}

/** A mix that lives says its desk each two seconds. */
const SILENT_MS = 5000;
/** A data channel carries moments as well: one that is quiet for so long has broken, whatever it says of itself. */
const DATA_SILENT_MS = 3000;
const PING_MS = 2000;
const PASSING = new Set(['RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'MIXER_SILENT']);

/**
 * The way of commands to the mix, and of desk and moments back: the data channel while it carries something, Socket.IO
 * otherwise. Whatever was on its way when one gives way to the other is sent again.
 */
export class MixLink {
  readonly #device: string;
  readonly #openSocket: OpenSocket;
  readonly #events: LinkEvents;
  readonly #outbox = new Outbox();
  readonly #turn: ReturnType<typeof setInterval>;
  #socket: Line | null = null;
  #isSocketFlowing = false;
  #data: Line | null = null;
  #dataHeardAt: number | null = null;
  #heardAt: number;
  #pingedAt = -Infinity;
  #due: ReturnType<typeof setTimeout> | undefined;
  #state: LinkState = { status: 'connecting' };

  constructor(device: string, openSocket: OpenSocket, events: LinkEvents) {
    this.#device = device;
    this.#openSocket = openSocket;
    this.#events = events;
    this.#heardAt = performance.now();
    this.#connectSocket();
    this.#turn = setInterval(() => this.#look(), 250);
  }

  get state(): LinkState {
    return this.#state;
  }

  send(command: Command): void {
    if (!this.#outbox.put(command, performance.now())) {
      this.#events.onRefusal('The booth is not answering. Nothing more is sent until it does.');
      return;
    }
    this.#events.onPending(this.#outbox.pending());
    this.#flush();
  }

  /** Takes the data channel of a new monitor connection; it is used from its first message on. */
  offer(channel: RTCDataChannel): void {
    this.#dropData();
    const hear: Hear = (kind, value) => {
      if (this.#data !== line) return;
      const isFirst = this.#dataHeardAt === null;
      this.#dataHeardAt = performance.now();
      if (isFirst) this.#preferData();
      this.#hear(kind, value);
    };
    const line = dataLine(channel, hear);
    this.#data = line;
    const greet = (): void => line.send({ device: this.#device, commands: [], ping: performance.now() });
    if (channel.readyState === 'open') greet();
    channel.addEventListener('open', greet);
    channel.addEventListener('close', () => {
      if (this.#data === line) this.#dropData();
    });
  }

  stop(): void {
    clearInterval(this.#turn);
    clearTimeout(this.#due);
    this.#data?.close();
    this.#socket?.close();
    this.#data = null;
    this.#socket = null;
  }

  get #line(): Line | null {
    if (this.#data !== null && this.#dataHeardAt !== null) return this.#data;
    return this.#isSocketFlowing ? this.#socket : null;
  }

  #connectSocket(): void {
    if (this.#socket !== null) return;
    const { send, stop } = this.#openSocket({
      hear: (kind, value) => this.#hear(kind, value),
      onFlowing: (isFlowing) => {
        this.#isSocketFlowing = isFlowing;
        if (isFlowing) this.#changedLine();
        else this.#settle();
      },
      onRefused: (code, message) => {
        // What passes by itself is followed by sending again.
        if (!PASSING.has(code)) this.#become({ status: 'refused', code, message });
      },
    });
    this.#socket = { via: 'socket', send, close: stop };
  }

  #preferData(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#isSocketFlowing = false;
    this.#changedLine();
  }

  #dropData(): void {
    const wasUsed = this.#dataHeardAt !== null;
    this.#data = null;
    this.#dataHeardAt = null;
    this.#connectSocket();
    if (wasUsed) this.#changedLine();
  }

  #changedLine(): void {
    this.#outbox.resendAll();
    this.#pingedAt = -Infinity;
    this.#settle();
    this.#flush();
  }

  #hear: Hear = (kind, value) => {
    this.#heardAt = performance.now();
    if (kind === 'changed') this.#events.onChanged();
    else if (kind === 'desk' && isDesk(value)) {
      this.#outbox.acknowledge(value.acks[this.#device] ?? 0);
      this.#events.onDesk(value, this.#outbox.pending());
    } else if (kind === 'moment' && isMoment(value)) this.#events.onMoment(value);
    else if (kind === 'pong' && isPong(value)) {
      if (value.device === this.#device && typeof value.ping === 'number') this.#events.onPong(value.ping, value.at);
    } else if (kind === 'refused' && isRefusal(value) && value.device === this.#device) {
      this.#outbox.refuse(value.seq);
      this.#events.onPending(this.#outbox.pending());
      this.#events.onRefusal(value.message);
      if (value.code === 'NOT_A_MEMBER') {
        this.#become({ status: 'refused', code: value.code, message: value.message });
      }
    }
    this.#settle();
  };

  #look(): void {
    const now = performance.now();
    if (this.#dataHeardAt !== null && now - this.#dataHeardAt > DATA_SILENT_MS) this.#dropData();
    this.#settle();
    if (this.#state.status !== 'connected' && this.#outbox.lapse(now) > 0) {
      this.#events.onPending(this.#outbox.pending());
      this.#events.onRefusal('What you did just now did not reach the booth in time.');
    }
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#due);
    const line = this.#line;
    if (line === null) return;
    const now = performance.now();
    const commands = this.#outbox.take(now);
    const isPingDue = now - this.#pingedAt >= PING_MS;
    if (commands !== null || isPingDue) {
      if (isPingDue) this.#pingedAt = now;
      line.send({ device: this.#device, commands: commands ?? [], ...(isPingDue && { ping: now }) });
    }
    const due = this.#outbox.nextDue();
    if (due !== null) this.#due = setTimeout(() => this.#flush(), Math.max(due - now, 1));
  }

  #settle(): void {
    if (this.#state.status === 'refused') return;
    const line = this.#line;
    const isSilent = performance.now() - this.#heardAt > SILENT_MS;
    if (line !== null && !isSilent) this.#become({ status: 'connected', via: line.via });
    else if (isSilent || this.#state.status === 'connected') this.#become({ status: 'lost' });
  }

  #become(state: LinkState): void {
    const last = this.#state;
    const isSame =
      last.status === state.status &&
      (last.status !== 'connected' || state.status !== 'connected' || last.via === state.via);
    if (isSame) return;
    this.#state = state;
    this.#events.onState(state);
  }
}
