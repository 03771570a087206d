import { iceRestartFragment, withRestartedIce } from './sdp';
import { postOffer, SignalingError, type Fetch, type SessionResource } from './signaling';
import { deadlineIn, pause } from './time';

/** Why a link that was up is up no more. */
export type Loss =
  /** It was closed, by the server over DTLS or here. */
  | 'closed'
  /** The server no longer knows the session. */
  | 'forgotten'
  /** Nothing gets through. */
  | 'network';

export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout';
}

export interface Opening {
  endpoint: { url: string; token: string };
  fetch: Fetch;
  signal: AbortSignal;
  /** From the offer to a connection through which media can flow. */
  timeoutMs: number;
  /** Applied to our own offer before it counts. */
  mungeOffer: (sdp: string) => string;
}

/** A short silence is ridden out; after this the link asks for an ICE restart. */
const PATIENCE_MS = 2000;
/** A restart that has not connected by now is given up: the server forgets silent peers within ten seconds. */
const RESTART_MS = 10_000;

/**
 * One peer connection to the media server, with its WHIP or WHEP session. The server is ICE-lite and public, so no
 * candidate of ours is gathered or trickled: it learns our address from our checks (RFC 8445 §2.5).
 */
export class PeerLink {
  readonly pc: RTCPeerConnection;
  readonly resource: SessionResource;
  readonly lost: Promise<Loss>;
  readonly #closing = new AbortController();
  readonly #mungeOffer: (sdp: string) => string;
  #answer: string;

  private constructor(pc: RTCPeerConnection, resource: SessionResource, answer: string, opening: Opening) {
    this.pc = pc;
    this.resource = resource;
    this.#answer = answer;
    this.#mungeOffer = opening.mungeOffer;
    this.lost = this.#watch();
  }

  /**
   * Connects `pc`, whose transceivers are set up. On failure `pc` is closed and a session already made is ended.
   * Rejects with SignalingError, ConnectTimeout, or the reason of `signal`.
   */
  static async open(pc: RTCPeerConnection, opening: Opening): Promise<PeerLink> {
    let resource: SessionResource | undefined;
    const deadline = deadlineIn(opening.timeoutMs);
    const signal = AbortSignal.any([opening.signal, deadline]);
    try {
      const offer = await pc.createOffer();
      await pc.setLocalDescription({ type: 'offer', sdp: opening.mungeOffer(offer.sdp ?? '') });
      const posted = await postOffer(opening.endpoint, pc.localDescription?.sdp ?? '', opening.fetch, signal);
      resource = posted.resource;
      await pc.setRemoteDescription({ type: 'answer', sdp: posted.answer });
      await reached(pc, 'connected', signal);
      return new PeerLink(pc, resource, posted.answer, opening);
    } catch (error) {
      pc.close();
      // The session is of no use; that it may also fail to end changes nothing, for the server forgets silent peers.
      resource?.end().catch(() => undefined);
      if (deadline.aborted && !opening.signal.aborted) throw new ConnectTimeout('no connection in time');
      throw error;
    }
  }

  /** Ends the session at the server and closes the connection. */
  async end(keepalive = false): Promise<void> {
    this.close();
    await this.resource.end(keepalive);
  }

  /** Closes the connection and leaves the session to time out, as a crash would. */
  close(): void {
    this.#closing.abort();
    this.pc.close();
  }

  async #watch(): Promise<Loss> {
    const loss = await this.#untilLost();
    this.close();
    return loss;
  }

  async #untilLost(): Promise<Loss> {
    const { signal } = this.#closing;
    for (;;) {
      const event = await troubled(this.pc, signal);
      if (event === 'closed' || signal.aborted) return 'closed';
      if (event === 'disconnected' && (await settles(this.pc, PATIENCE_MS, signal))) continue;
      const outcome = await this.#restart(signal);
      if (outcome !== 'connected') return outcome;
    }
  }

  async #restart(signal: AbortSignal): Promise<'connected' | Loss> {
    const within = AbortSignal.any([signal, deadlineIn(RESTART_MS)]);
    while (!within.aborted) {
      try {
        const offer = this.#mungeOffer((await this.pc.createOffer({ iceRestart: true })).sdp ?? '');
        const fragment = await this.resource.restartIce(iceRestartFragment(offer), within);
        const answer = withRestartedIce(this.#answer, fragment);
        if (answer === null) return 'network';
        await this.pc.setLocalDescription({ type: 'offer', sdp: offer });
        await this.pc.setRemoteDescription({ type: 'answer', sdp: answer });
        this.#answer = answer;
        await reached(this.pc, 'connected', within);
        return 'connected';
      } catch (error) {
        if (signal.aborted) return 'closed';
        if (!(error instanceof SignalingError)) return 'network';
        if (error.status === 404) return 'forgotten';
        if (error.status !== 0) return 'network';
        await pause(1000, within).catch(() => undefined);
      }
    }
    return signal.aborted ? 'closed' : 'network';
  }
}

/** Resolves when `pc` is in `state`; rejects when it fails or `signal` fires. */
function reached(pc: RTCPeerConnection, state: RTCPeerConnectionState, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const check = (): void => {
      if (signal.aborted) finish(() => reject(signal.reason as Error));
      else if (pc.connectionState === state) finish(resolve);
      else if (pc.connectionState === 'failed') finish(() => reject(new ConnectTimeout('the connection failed')));
    };
    const finish = (settle: () => void): void => {
      done.abort();
      settle();
    };
    pc.addEventListener('connectionstatechange', check, { signal: done.signal });
    signal.addEventListener('abort', check, { signal: done.signal });
    check();
  });
}

/** Resolves to the first sign of trouble on a connection that is up. */
function troubled(pc: RTCPeerConnection, signal: AbortSignal): Promise<'disconnected' | 'failed' | 'closed'> {
  return new Promise((resolve) => {
    const done = new AbortController();
    const transports = [...pc.getSenders(), ...pc.getReceivers()].map((end) => end.transport);
    const dtls = [...new Set(transports)].filter((transport) => transport !== null);
    const check = (): void => {
      const state = pc.connectionState;
      if (signal.aborted || state === 'closed' || dtls.some((transport) => transport.state === 'closed')) {
        finish('closed');
      } else if (state === 'disconnected' || state === 'failed') finish(state);
    };
    const finish = (what: 'disconnected' | 'failed' | 'closed'): void => {
      done.abort();
      resolve(what);
    };
    pc.addEventListener('connectionstatechange', check, { signal: done.signal });
    for (const transport of dtls) transport.addEventListener('statechange', check, { signal: done.signal });
    signal.addEventListener('abort', check, { signal: done.signal });
    check();
  });
}

/** Whether a disconnected `pc` connects again by itself within `ms`. */
async function settles(pc: RTCPeerConnection, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await reached(pc, 'connected', AbortSignal.any([signal, deadlineIn(ms)]));
    return true;
  } catch {
    return false;
  }
}
