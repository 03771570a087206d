import { LeaveWord } from '../leave-word';
import { PeerLink } from '../peer-link';
import { withOpusParameters } from '../sdp';
import { SignalingError, type Fetch } from '../signaling';
import { backoffMs, pause } from '../time';

export interface MonitorGrant {
  /** The media server it is for. */
  workerId: string;
  whepUrl: string;
  token: string;
  expiresAt: string;
  iceServers: RTCIceServer[];
}

export type MonitorState =
  | { status: 'connecting' }
  /** The mix has not reached the media server yet, or not again. */
  | { status: 'waiting' }
  | { status: 'connected'; stream: MediaStream }
  | { status: 'reconnecting' }
  | { status: 'stopped' };

export interface MonitorPorts {
  fetch: Fetch;
  createPeerConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
  /** A grant for the first time, or after the last one was refused; may wait until there is something to be heard. */
  requestGrant: (signal: AbortSignal) => Promise<MonitorGrant>;
  onState: (state: MonitorState) => void;
  /** The data channel `mix` of a connection, not open yet. */
  onChannel: (channel: RTCDataChannel) => void;
}

const CONNECT_MS = 8000;

/** Listens to the cue bus by WHEP, with as little delay as there can be, until told to stop. */
export class Monitor {
  readonly #ports: MonitorPorts;
  readonly #stopping = new AbortController();
  readonly #leaveWord = new LeaveWord();
  /** What is heard; one that is to be left, until the one that follows it is up. */
  #link: PeerLink | null = null;

  constructor(ports: MonitorPorts) {
    this.#ports = ports;
  }

  get connection(): RTCPeerConnection | null {
    return this.#link?.pc ?? null;
  }

  /** Without a grant, one is requested first. */
  start(grant: MonitorGrant | null): void {
    void this.#keepListening(grant);
  }

  /** The media server is about to leave, or gone: who listens at it goes on at another. */
  move(workerId: string): void {
    this.#leaveWord.say(workerId);
  }

  stop(): void {
    this.#stopping.abort();
    // Whether the server hears of the end is of no matter: it forgets silent peers.
    void this.#link?.end(true).catch(() => undefined);
  }

  async #keepListening(first: MonitorGrant | null): Promise<void> {
    const { signal } = this.#stopping;
    const isStopped = (): boolean => signal.aborted;
    let grant: MonitorGrant | null = first;
    let failures = 0;
    this.#ports.onState({ status: 'connecting' });
    while (!isStopped()) {
      try {
        grant ??= await this.#ports.requestGrant(signal);
        const end = await this.#listen(grant, signal);
        failures = 0;
        if (end === 'moved') grant = null;
      } catch (error) {
        if (isStopped()) break;
        failures += 1;
        const refusal = error instanceof SignalingError ? error : null;
        const isUnready = refusal?.status === 404;
        if (refusal !== null && isGrantSpent(refusal)) grant = null;
        // The stream may have been moved to another media worker: every now and then the platform is asked where.
        if (failures % 4 === 0) grant = null;
        // What is still heard of a media server that is to be left serves better than silence.
        if (this.#link === null) this.#ports.onState({ status: isUnready ? 'waiting' : 'reconnecting' });
        const waitMs = isUnready ? (refusal.retryAfterS ?? 1) * 1000 : backoffMs(Math.min(failures, 4));
        await pause(waitMs, signal).catch(() => undefined);
      }
    }
    this.#ports.onState({ status: 'stopped' });
  }

  /** Resolves when a connection that was up is lost, or is to be left for one to another media server. */
  async #listen(grant: MonitorGrant, signal: AbortSignal): Promise<'lost' | 'moved'> {
    const pc = this.#ports.createPeerConnection({ iceServers: grant.iceServers, bundlePolicy: 'max-bundle' });
    const stream = new MediaStream();
    pc.addEventListener('track', ({ track, receiver }) => {
      lowerDelay(receiver);
      stream.addTrack(track);
    });
    pc.addTransceiver('audio', { direction: 'recvonly' });
    const channel = pc.createDataChannel('mix', { ordered: true });
    const link = await PeerLink.open(pc, {
      endpoint: { url: grant.whepUrl, token: grant.token },
      fetch: this.#ports.fetch,
      signal,
      timeoutMs: CONNECT_MS,
      // Without `stereo` browsers decode Opus to one channel; packets of 10 ms save half a packet's delay.
      mungeOffer: (sdp) => withOpusParameters(sdp, { stereo: 1, minptime: 10 }),
    });
    const left = this.#link;
    this.#link = link;
    this.#ports.onChannel(channel);
    this.#ports.onState({ status: 'connected', stream });
    // Whether the server hears of the end is of no matter: it forgets silent peers.
    void left?.end().catch(() => undefined);
    const lost = link.lost.then((): 'lost' => {
      if (this.#link === link) {
        this.#link = null;
        if (!signal.aborted) this.#ports.onState({ status: 'reconnecting' });
      }
      return 'lost';
    });
    const end = await Promise.race([lost, this.#leaveWord.toLeave(grant.workerId)]);
    this.#leaveWord.forget();
    return end;
  }
}

/** Whether another grant is needed: also where the media server is about to leave, or is not there. */
function isGrantSpent({ status, code }: SignalingError): boolean {
  return [0, 401, 403, 410].includes(status) || code === 'WORKER_DRAINING';
}

/** Asks for the smallest jitter buffer; a browser without the attribute keeps its own measure. */
function lowerDelay(receiver: RTCRtpReceiver): void {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
}
