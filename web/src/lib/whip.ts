import { ApiError } from './http';
import { LeaveWord } from './leave-word';
import { ConnectTimeout, PeerLink, type Loss } from './peer-link';
import { preferredVideoCodecs, withOpusParameters } from './sdp';
import { SignalingError, type Fetch } from './signaling';
import { limitEncodings, videoEncodings, type VideoLimits } from './simulcast';
import { backoffMs, pause } from './time';

export interface PublishGrant {
  /** The media server it is for. */
  workerId: string;
  whipUrl: string;
  token: string;
  generation: number;
  iceServers: RTCIceServer[];
}

export type PublishState =
  | { status: 'connecting' }
  | { status: 'live' }
  | { status: 'reconnecting' }
  /** Someone holding a newer grant publishes this stream now. */
  | { status: 'taken-over' }
  /** The stream has ended. */
  | { status: 'ended' }
  | { status: 'failed'; message: string }
  | { status: 'stopped' };

export interface PublisherPorts {
  fetch: Fetch;
  createPeerConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
  /** A grant of the next generation. */
  requestGrant: (signal: AbortSignal) => Promise<PublishGrant>;
  /** What the platform says of the stream, after a connection to it was lost in that way. */
  streamState: (signal: AbortSignal, loss: Loss) => Promise<'ended' | 'live' | 'open'>;
  /**
   * Whether a lost connection is first made again with the grant it had: the server then says whether somebody with a
   * newer one has been there, which the platform may not know.
   */
  triesLastGrant?: boolean;
}

const CONNECT_MS = 10_000;
/** The platform may call a stream live for this long after its publisher went: a worker's lease, and a turn. */
const STALE_LIVE_MS = 6000;
/** Music, not speech: both channels, full band, no pauses in the packet flow (RFC 7587 §6.1). */
const MUSIC = { stereo: 1, 'sprop-stereo': 1, maxaveragebitrate: 256_000, usedtx: 0, useinbandfec: 1 };

/** Publishes up to one audio and one video track by WHIP, and keeps them published until told otherwise. */
export class Publisher {
  readonly #ports: PublisherPorts;
  readonly #tracks = new Map<'audio' | 'video', MediaStreamTrack>();
  readonly #stopping = new AbortController();
  readonly #onState: (state: PublishState) => void;
  #limits: VideoLimits;
  #link: PeerLink | null = null;
  #workerId = '';
  #run: Promise<void> | null = null;
  /** Kept on the air until the connection that follows it is up. */
  #leaving: PeerLink | null = null;
  readonly #leaveWord = new LeaveWord();

  constructor(ports: PublisherPorts, limits: VideoLimits, onState: (state: PublishState) => void) {
    this.#ports = ports;
    this.#limits = limits;
    this.#onState = onState;
  }

  /** The connection of this moment, for its statistics; null while there is none. */
  get connection(): RTCPeerConnection | null {
    return this.#link?.pc ?? null;
  }

  /** Publishes `tracks` under `grant`. Called once. */
  start(grant: PublishGrant, tracks: MediaStreamTrack[]): void {
    for (const track of tracks) this.#tracks.set(kindOf(track), track);
    this.#run = this.#keepPublished(grant).finally(() => this.#leaving?.close());
  }

  /** The media server is about to leave, or gone: who publishes at it goes on at another, without a gap if it can. */
  move(workerId: string): void {
    this.#leaveWord.say(workerId);
  }

  /**
   * Sends `track` in place of the one of its kind. A kind not sent so far makes a new connection, and what was sent
   * before goes on until that is up.
   */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    this.#tracks.set(kindOf(track), track);
    const sender = this.#link?.pc.getSenders().find((candidate) => candidate.track?.kind === track.kind);
    if (sender) await sender.replaceTrack(track);
    else this.move(this.#workerId);
  }

  async limitVideo(limits: VideoLimits): Promise<void> {
    this.#limits = limits;
    if (this.#link) await limitVideo(this.#link.pc, limits);
  }

  /** Takes the tracks off the air and ends the session at the server. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const link = this.#link;
    this.#leaving?.close();
    await link?.end();
    await this.#run;
  }

  /** Drops the connection and leaves the session to time out, so that the stream can be continued. */
  abandon(): void {
    this.#stopping.abort();
    this.#leaving?.close();
    this.#link?.close();
  }

  async #keepPublished(first: PublishGrant): Promise<void> {
    const { signal } = this.#stopping;
    const isStopped = (): boolean => signal.aborted;
    let grant: PublishGrant | null = first;
    let attempt = 0;
    let loss: Loss | 'moved' = 'network';
    this.#onState({ status: 'connecting' });
    while (!isStopped()) {
      let next: PublishGrant | null = null;
      try {
        grant ??= loss === 'moved' ? await this.#ports.requestGrant(signal) : await this.#nextGrant(signal, loss);
        if (grant === null) return;
        loss = await this.#publish(grant, signal);
        attempt = 0;
        if (this.#ports.triesLastGrant === true && loss !== 'moved') next = grant;
      } catch (error) {
        // Told to go where there is nothing any more: what has become of the stream is to be asked for.
        const isGone: boolean = loss === 'moved' && error instanceof ApiError && [404, 410].includes(error.status);
        if (isGone) loss = 'network';
        const message = isGone ? null : fatal(error);
        if (isStopped()) break;
        if (error instanceof SignalingError && this.#ports.triesLastGrant === true) {
          if (error.code === 'SUPERSEDED') {
            this.#onState({ status: 'taken-over' });
            return;
          }
          // Only a grant that is too old leaves it open whether somebody else has been there.
          if (error.status !== 401 && error.status !== 403) loss = 'network';
        }
        if (message !== null) {
          this.#onState({ status: 'failed', message });
          return;
        }
        attempt += 1;
        this.#onState({ status: 'reconnecting' });
        await pause(backoffMs(attempt), signal).catch(() => undefined);
      }
      grant = next;
    }
    this.#onState({ status: 'stopped' });
  }

  /** Resolves when a connection that was up is lost, or is to be left for one to another media server. */
  async #publish(grant: PublishGrant, signal: AbortSignal): Promise<Loss | 'moved'> {
    const pc = this.#ports.createPeerConnection({ iceServers: grant.iceServers, bundlePolicy: 'max-bundle' });
    const tracks = [...this.#tracks.values()];
    const stream = new MediaStream(tracks);
    for (const track of tracks) {
      const init: RTCRtpTransceiverInit = { direction: 'sendonly', streams: [stream] };
      if (track.kind === 'video') init.sendEncodings = videoEncodings(this.#limits, linesOf(track));
      const transceiver = pc.addTransceiver(track, init);
      if (track.kind === 'video') preferCodecs(transceiver);
    }
    const link = await PeerLink.open(pc, {
      endpoint: { url: grant.whipUrl, token: grant.token },
      fetch: this.#ports.fetch,
      signal,
      timeoutMs: CONNECT_MS,
      mungeOffer: (sdp) => withOpusParameters(sdp, MUSIC),
    });
    this.#leaving?.close();
    this.#leaving = null;
    this.#link = link;
    this.#workerId = grant.workerId;
    try {
      const over = Promise.race([link.lost, this.#leaveWord.toLeave(grant.workerId)]);
      await limitVideo(pc, this.#limits);
      // Some may have come, or been changed, while it was connecting.
      const late = [...this.#tracks.values()].filter((track) => !tracks.includes(track));
      for (const track of late) await this.replaceTrack(track);
      this.#onState({ status: 'live' });
      const loss = await over;
      if (loss === 'moved') this.#leaving = link;
      else if (!signal.aborted) this.#onState({ status: 'reconnecting' });
      return loss;
    } finally {
      this.#link = null;
      this.#leaveWord.forget();
    }
  }

  /** A grant to come back with; null when there is nothing to come back to, which is said through the state. */
  async #nextGrant(signal: AbortSignal, loss: Loss): Promise<PublishGrant | null> {
    const askedAt = performance.now();
    for (;;) {
      const state = await this.#ports.streamState(signal, loss);
      if (state === 'ended') {
        this.#onState({ status: 'ended' });
        return null;
      }
      if (state === 'open') return this.#ports.requestGrant(signal);
      // Live without us: either the platform has yet to notice, or another device has taken the stream over. Taking
      // it back unasked would have the two fight over it.
      if (performance.now() - askedAt > STALE_LIVE_MS) {
        this.#onState({ status: 'taken-over' });
        return null;
      }
      await pause(1000, signal);
    }
  }
}

function kindOf(track: MediaStreamTrack): 'audio' | 'video' {
  return track.kind === 'audio' ? 'audio' : 'video';
}

function preferCodecs(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  transceiver.setCodecPreferences(preferredVideoCodecs(codecs));
}

async function limitVideo(pc: RTCPeerConnection, limits: VideoLimits): Promise<void> {
  const sender = pc.getSenders().find((candidate) => candidate.track?.kind === 'video');
  if (!sender) return;
  const parameters = sender.getParameters();
  limitEncodings(parameters.encodings, limits, linesOf(sender.track));
  await sender.setParameters(parameters);
}

/** 0 while nobody knows. */
function linesOf(track: MediaStreamTrack | null): number {
  return track?.getSettings().height ?? 0;
}

/** The sentence to stop with, or null for a failure that another try may heal. */
function fatal(error: unknown): string | null {
  if (error instanceof ConnectTimeout) return null;
  // The connection was closed between two steps of setting it up.
  if (error instanceof DOMException && error.name === 'InvalidStateError') return null;
  if (error instanceof SignalingError) {
    const isRefusedOffer = [400, 413, 415, 422].includes(error.status);
    return isRefusedOffer ? `The media server did not accept this browser's offer: ${error.message}` : null;
  }
  if (error instanceof ApiError) {
    const passes = error.isUnreachable || error.status === 401 || error.status === 429 || error.status >= 500;
    return passes ? null : error.message;
  }
  return error instanceof Error ? error.message : 'Publishing stopped unexpectedly.';
}
