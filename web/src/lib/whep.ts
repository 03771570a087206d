import type { Quality } from './player/quality';
import { limitHeight, readQualities } from './layers';
import { ConnectTimeout, PeerLink } from './peer-link';
import { withOpusParameters } from './sdp';
import { SignalingError, type Fetch } from './signaling';
import { backoffMs, pause } from './time';

export type ViewState =
  | { status: 'connecting' }
  /** The stream has no publisher yet, or again. */
  | { status: 'waiting' }
  | { status: 'connected'; stream: MediaStream }
  | { status: 'reconnecting' }
  /** WebRTC does not work here; another transport may. */
  | { status: 'unusable'; reason: string }
  /** The grant is no longer good: the viewer has to join again. */
  | { status: 'refused' }
  | { status: 'stopped' };

export interface ViewerPorts {
  fetch: Fetch;
  createPeerConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
}

export interface WatchGrant {
  /** The media server at `whepUrl`. */
  workerId: string;
  /** The media server at `hlsUrl`. */
  originId: string;
  whepUrl: string;
  hlsUrl: string;
  token: string;
  iceServers: RTCIceServer[];
}

export interface ViewerLimits {
  /** A connection that takes longer than this has failed. */
  connectMs: number;
  /** With this many failures in a row WebRTC counts as unusable; null for trying as long as it may come to work. */
  failures: number | null;
}

/** So many times in a row nobody answers, and the platform is asked for another media server. */
const UNREACHED = 3;
/** Where there is no other way, a slow machine gets up to this many times as long to connect. */
const MORE_TIME = 4;

/** Watches one stream by WHEP until told to stop, or until WebRTC proves unusable. */
export class Viewer {
  readonly #ports: ViewerPorts;
  readonly #limits: ViewerLimits;
  readonly #onState: (state: ViewState) => void;
  readonly #stopping = new AbortController();
  #link: PeerLink | null = null;
  /** The most lines that are wanted; null for as many as the network carries. */
  #height: number | null = null;

  constructor(ports: ViewerPorts, limits: ViewerLimits, onState: (state: ViewState) => void) {
    this.#ports = ports;
    this.#limits = limits;
    this.#onState = onState;
  }

  get connection(): RTCPeerConnection | null {
    return this.#link?.pc ?? null;
  }

  start(grant: WatchGrant): void {
    void this.#keepWatching(grant);
  }

  /** The sizes there are now, from small to large; empty while they are not known. */
  async qualities(): Promise<Quality[]> {
    if (this.#link === null) return [];
    // Whoever looks has a picture; without an answer there is nothing to choose from.
    return readQualities(this.#link.resource, this.#stopping.signal).catch(() => []);
  }

  /** Asks for pictures of at most so many lines, now and after each reconnect. */
  limit(height: number | null): void {
    this.#height = height;
    if (this.#link !== null) this.#ask(this.#link);
  }

  #ask(link: PeerLink): void {
    // One that is not heard leaves what is sent as it is; the next connection asks again.
    limitHeight(link.resource, this.#height, this.#stopping.signal).catch(() => undefined);
  }

  /** Gives up the connection of this moment, which carries nothing, for a new one. */
  async reconnect(): Promise<void> {
    // Whether the server hears of the end is of no matter: it forgets silent peers.
    await this.#link?.end().catch(() => undefined);
  }

  stop(keepalive = false): void {
    this.#stopping.abort();
    void this.#link?.end(keepalive).catch(() => undefined);
  }

  async #keepWatching(grant: WatchGrant): Promise<void> {
    const { signal } = this.#stopping;
    const isStopped = (): boolean => signal.aborted;
    let failures = 0;
    this.#onState({ status: 'connecting' });
    while (!isStopped()) {
      try {
        await this.#watch(grant, this.#connectMs(failures), signal);
        failures = 0;
        if (!isStopped()) this.#onState({ status: 'reconnecting' });
      } catch (error) {
        if (isStopped()) break;
        if (error instanceof SignalingError && error.status === 404) {
          this.#onState({ status: 'waiting' });
          await pause((error.retryAfterS ?? 1) * 1000, signal).catch(() => undefined);
          continue;
        }
        if (error instanceof SignalingError && isGrantSpent(error)) {
          this.#onState({ status: 'refused' });
          return;
        }
        failures += 1;
        if (failures >= UNREACHED && error instanceof SignalingError && error.status === 0) {
          // Nobody is there: of what the network carries that says nothing, and another media server may be.
          this.#onState({ status: 'refused' });
          return;
        }
        const reason = error instanceof Error ? error.message : 'unknown';
        if (this.#isUnusable(error, failures)) {
          this.#onState({ status: 'unusable', reason });
          return;
        }
        this.#onState({ status: 'reconnecting' });
        await pause(retryMs(error, failures), signal).catch(() => undefined);
      }
    }
    this.#onState({ status: 'stopped' });
  }

  #isUnusable(error: unknown, failures: number): boolean {
    const { failures: most } = this.#limits;
    if (most === null) return !isPassing(error);
    return !(error instanceof SignalingError) || failures >= most;
  }

  #connectMs(failures: number): number {
    const { connectMs, failures: most } = this.#limits;
    return most === null ? connectMs * Math.min(2 ** failures, MORE_TIME) : connectMs;
  }

  /** Resolves when a connection that was up is lost. */
  async #watch(grant: WatchGrant, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const pc = this.#ports.createPeerConnection({ iceServers: grant.iceServers, bundlePolicy: 'max-bundle' });
    const stream = new MediaStream();
    pc.addEventListener('track', ({ track }) => stream.addTrack(track));
    pc.addTransceiver('audio', { direction: 'recvonly' });
    describeDependencies(pc.addTransceiver('video', { direction: 'recvonly' }));
    const link = await PeerLink.open(pc, {
      endpoint: { url: grant.whepUrl, token: grant.token },
      fetch: this.#ports.fetch,
      signal,
      timeoutMs,
      // Without it browsers decode Opus to one channel, whatever the sender sends.
      mungeOffer: (sdp) => withOpusParameters(sdp, { stereo: 1 }),
    });
    this.#link = link;
    if (this.#height !== null) this.#ask(link);
    this.#onState({ status: 'connected', stream });
    try {
      await link.lost;
    } finally {
      this.#link = null;
    }
  }
}

/** Whether another grant is needed: also where the media server is about to leave. */
function isGrantSpent({ status, code }: SignalingError): boolean {
  return status === 401 || status === 403 || code === 'WORKER_DRAINING';
}

/** Whether the same may come to work: a slow machine, a bad network, a server with too much to do. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof SignalingError)) return error instanceof ConnectTimeout;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}

interface HeaderExtension {
  uri: string;
  direction: string;
}

/** WebRTC Extensions §5.2, where browsers have it. */
type NegotiatesExtensions = RTCRtpTransceiver & {
  getHeaderExtensionsToNegotiate?: () => HeaderExtension[];
  setHeaderExtensionsToNegotiate?: (extensions: HeaderExtension[]) => void;
};

/** Of AV1 in spatial layers only the lowest can be decoded without it, and browsers do not offer it by themselves. */
function describeDependencies(transceiver: NegotiatesExtensions): void {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
  const descriptor = extensions.find(({ uri }) => uri.endsWith('#dependency-descriptor-rtp-header-extension'));
  if (descriptor === undefined) return;
  descriptor.direction = 'recvonly';
  transceiver.setHeaderExtensionsToNegotiate?.(extensions);
}

function retryMs(error: unknown, failures: number): number {
  const asked = error instanceof SignalingError ? error.retryAfterS : null;
  return asked === null ? backoffMs(failures) : asked * 1000;
}
