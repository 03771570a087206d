import type Hls from 'hls.js';

import { pause } from './time';

export type HlsState =
  | { status: 'connecting' }
  /** There is no playlist: the stream has no publisher yet, or again. */
  | { status: 'waiting' }
  | { status: 'ready' }
  /** The grant is no longer good: the viewer has to join again. */
  | { status: 'refused' }
  | { status: 'failed'; reason: string };

/** Plays one LL-HLS stream in a <video>. */
export interface HlsPlayback {
  /** Seconds behind the newest the stream has; null while unknown. */
  latencyS(): number | null;
  stop(): void;
}

export interface HlsGrant {
  hlsUrl: string;
  token: string;
}

const APPLE = 'application/vnd.apple.mpegurl';
const RETRY_MS = 1000;
/** How often, and how far behind its target, playback is moved forward: hls.js itself catches up by rate alone. */
const CATCH_UP_MS = 1000;
const MAX_BEHIND_S = 3;
/** Media errors closer together than this are not recovered from again. */
const RECOVERY_MS = 5000;

/**
 * Starts playback through Media Source Extensions, or natively where they are missing (older iPhones). The video
 * element is left empty again by `stop`.
 */
export async function playHls(
  video: HTMLVideoElement,
  grant: HlsGrant,
  onState: (state: HlsState) => void,
  signal: AbortSignal,
): Promise<HlsPlayback | null> {
  onState({ status: 'connecting' });
  const { default: HlsPlayer } = await import('hls.js');
  if (signal.aborted) return null;
  if (HlsPlayer.isSupported()) return new MsePlayback(HlsPlayer, video, grant, onState);
  if (video.canPlayType(APPLE) !== '') return new NativePlayback(video, grant, onState);
  onState({ status: 'failed', reason: 'This browser plays neither WebRTC nor HLS.' });
  return null;
}

class MsePlayback implements HlsPlayback {
  readonly #hls: Hls;
  readonly #video: HTMLVideoElement;
  readonly #catchingUp: number;
  readonly #url: string;
  readonly #onState: (state: HlsState) => void;
  readonly #stopping = new AbortController();
  #recoveredAt = -Infinity;

  constructor(
    HlsPlayer: typeof Hls,
    video: HTMLVideoElement,
    { hlsUrl, token }: HlsGrant,
    onState: (state: HlsState) => void,
  ) {
    this.#url = hlsUrl;
    this.#video = video;
    this.#onState = onState;
    this.#hls = new HlsPlayer({
      lowLatencyMode: true,
      maxLiveSyncPlaybackRate: 1.2,
      // The default of a whole second a stall, never taken back, would quadruple the delay after three hiccups.
      liveSyncOnStallIncrease: 0.25,
      backBufferLength: 10,
      xhrSetup: (xhr) => xhr.setRequestHeader('Authorization', `Bearer ${token}`),
      // Parts need no remuxing, so a worker would only add a hop (and a blob: source to the page's policy).
      enableWorker: false,
    });
    this.#hls.on(HlsPlayer.Events.MANIFEST_PARSED, () => onState({ status: 'ready' }));
    this.#hls.on(HlsPlayer.Events.ERROR, (_event, error) => {
      if (!error.fatal) return;
      const status = error.response?.code ?? 0;
      if (error.type === HlsPlayer.ErrorTypes.MEDIA_ERROR) this.#recover(error.details);
      else if (status === 401 || status === 403) this.#onState({ status: 'refused' });
      else void this.#loadAgain();
    });
    // Playlists end, with the stream going on, where a publisher comes back with other tracks: new ones are there then.
    video.addEventListener('ended', () => void this.#loadAgain(), { signal: this.#stopping.signal });
    this.#catchingUp = window.setInterval(() => this.#catchUp(), CATCH_UP_MS);
    this.#hls.attachMedia(video);
    this.#hls.loadSource(this.#url);
  }

  latencyS(): number | null {
    return this.#hls.latency > 0 ? this.#hls.latency : null;
  }

  stop(): void {
    this.#stopping.abort();
    window.clearInterval(this.#catchingUp);
    this.#hls.destroy();
  }

  #catchUp(): void {
    const { latency, targetLatency, liveSyncPosition } = this.#hls;
    if (this.#video.paused || targetLatency === null || liveSyncPosition === null) return;
    if (latency > targetLatency + MAX_BEHIND_S) this.#video.currentTime = liveSyncPosition;
  }

  #recover(details: string): void {
    const now = performance.now();
    if (now - this.#recoveredAt < RECOVERY_MS) {
      this.#onState({ status: 'failed', reason: details });
      return;
    }
    this.#recoveredAt = now;
    this.#hls.recoverMediaError();
  }

  async #loadAgain(): Promise<void> {
    this.#onState({ status: 'waiting' });
    await pause(RETRY_MS, this.#stopping.signal).catch(() => undefined);
    if (!this.#stopping.signal.aborted) this.#hls.loadSource(this.#url);
  }
}

/** Native players send no headers of ours, so the token goes into the address. */
class NativePlayback implements HlsPlayback {
  readonly #video: HTMLVideoElement;
  readonly #stopping = new AbortController();

  constructor(video: HTMLVideoElement, { hlsUrl, token }: HlsGrant, onState: (state: HlsState) => void) {
    this.#video = video;
    const { signal } = this.#stopping;
    const url = new URL(hlsUrl);
    url.searchParams.set('token', token);
    video.addEventListener('loadedmetadata', () => onState({ status: 'ready' }), { signal });
    video.addEventListener('error', () => void this.#loadAgain(url.href, onState), { signal });
    video.src = url.href;
  }

  latencyS(): number | null {
    const { seekable, currentTime } = this.#video;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) - currentTime : null;
  }

  stop(): void {
    this.#stopping.abort();
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  async #loadAgain(url: string, onState: (state: HlsState) => void): Promise<void> {
    onState({ status: 'waiting' });
    await pause(RETRY_MS, this.#stopping.signal).catch(() => undefined);
    if (!this.#stopping.signal.aborted) this.#video.src = url;
  }
}
