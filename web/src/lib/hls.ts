import type Hls from 'hls.js';
import type { HlsConfig } from 'hls.js';

import { pause } from './time';

export type HlsState =
  | { status: 'connecting' }
  /** There is no playlist: the stream has no publisher yet, or again. */
  | { status: 'waiting' }
  | { status: 'ready' }
  /** The grant is no longer good: the viewer has to join again. */
  | { status: 'refused' }
  | { status: 'failed'; reason: string };

/** One of the sizes a stream is there in. */
export interface Quality {
  id: string;
  width: number;
  height: number;
  bitrateBps: number;
  /** Frames a second; 0 while unknown. */
  fps: number;
}

export interface HlsReading {
  /** Seconds behind the newest the stream has; null while unknown. */
  latencyS: number | null;
  bufferS: number | null;
  /** What arrived lately, per second; null where the browser plays by itself. */
  bitrateBps: number | null;
  /** RFC 6381; null while unknown. */
  codecs: string | null;
}

/** Plays one HLS stream in a <video>. */
export interface HlsPlayback {
  read(): HlsReading;
  /** From small to large; empty where the browser chooses by itself. */
  qualities(): Quality[];
  /** Null leaves the choice to what the network carries. */
  choose(id: string | null): void;
  stop(): void;
}

export interface HlsSource {
  url: string;
  /** Null where the address says all there is to say. */
  token: string | null;
  pace: HlsPace;
  /** Seconds from the beginning of the playlist; null for the live edge, or the beginning of what is over. */
  startS: number | null;
}

/** Its name is the right to it: without a header of ours, shared caches answer, and browsers ask for no permission. */
const LIVE_MEDIA = /\/hls\/[^/]+\/(?:rewind\/)?[^/]+\.(m4s|mp4)$/;

/** How close to the live edge it plays: at it, well behind it, or wherever one likes. */
export type HlsPace = 'low-latency' | 'smooth' | 'free';

const APPLE = 'application/vnd.apple.mpegurl';
const RETRY_MS = 1000;
/** How often, and how far behind its target, playback is moved forward: hls.js itself catches up by rate alone. */
const CATCH_UP_MS = 1000;
const MAX_BEHIND_S = { 'low-latency': 3, smooth: 12, free: Infinity };
/** Media errors closer together than this are not recovered from again. */
const RECOVERY_MS = 5000;
/** Over how long arrivals are counted. */
const WINDOW_MS = 8000;

const CONFIG: Record<HlsPace, Partial<HlsConfig>> = {
  'low-latency': {
    lowLatencyMode: true,
    maxLiveSyncPlaybackRate: 1.2,
    // The default of a whole second a stall, never taken back, would quadruple the delay after three hiccups.
    liveSyncOnStallIncrease: 0.25,
    backBufferLength: 10,
  },
  smooth: { lowLatencyMode: false, liveSyncDurationCount: 3, backBufferLength: 30, maxBufferLength: 30 },
  // Who looks around in it goes back to what was just seen.
  free: { lowLatencyMode: false, backBufferLength: 90, maxBufferLength: 30 },
};

/**
 * Starts playback through Media Source Extensions, or natively where they are missing (older iPhones). The video
 * element is left empty again by `stop`.
 */
export async function playHls(
  video: HTMLVideoElement,
  source: HlsSource,
  onState: (state: HlsState) => void,
  signal: AbortSignal,
): Promise<HlsPlayback | null> {
  onState({ status: 'connecting' });
  const { default: HlsPlayer } = await import('hls.js');
  if (signal.aborted) return null;
  if (HlsPlayer.isSupported()) return new MsePlayback(HlsPlayer, video, source, onState);
  if (video.canPlayType(APPLE) !== '') return new NativePlayback(video, source, onState);
  onState({ status: 'failed', reason: 'This browser plays neither WebRTC nor HLS.' });
  return null;
}

class MsePlayback implements HlsPlayback {
  readonly #hls: Hls;
  readonly #video: HTMLVideoElement;
  readonly #catchingUp: number;
  readonly #source: HlsSource;
  readonly #onState: (state: HlsState) => void;
  readonly #stopping = new AbortController();
  readonly #arrivals: { at: number; bytes: number }[] = [];
  #wish: string | null = null;
  #recoveredAt = -Infinity;

  constructor(
    HlsPlayer: typeof Hls,
    video: HTMLVideoElement,
    source: HlsSource,
    onState: (state: HlsState) => void,
  ) {
    const { token, pace, startS } = source;
    this.#source = source;
    this.#video = video;
    this.#onState = onState;
    this.#hls = new HlsPlayer({
      ...CONFIG[pace],
      startPosition: startS ?? -1,
      capLevelToPlayerSize: true,
      ...(token !== null && {
        xhrSetup: (xhr, url) => {
          if (!LIVE_MEDIA.test(new URL(url, location.href).pathname)) {
            xhr.setRequestHeader('Authorization', `Bearer ${token}`);
          }
        },
      }),
      // Parts need no remuxing, so a worker would only add a hop (and a blob: source to the page's policy).
      enableWorker: false,
    });
    this.#hls.on(HlsPlayer.Events.MANIFEST_PARSED, () => {
      this.choose(this.#wish);
      onState({ status: 'ready' });
    });
    this.#hls.on(HlsPlayer.Events.FRAG_BUFFERED, (_event, { stats }) => {
      this.#arrivals.push({ at: performance.now(), bytes: stats.total });
    });
    this.#hls.on(HlsPlayer.Events.ERROR, (_event, error) => {
      if (!error.fatal) return;
      const status = error.response?.code ?? 0;
      if (error.type === HlsPlayer.ErrorTypes.MEDIA_ERROR) this.#recover(error.details);
      else if (status === 401 || status === 403) this.#onState({ status: 'refused' });
      else if (pace === 'free' && (status === 404 || status === 410)) {
        this.#onState({ status: 'failed', reason: error.details });
      } else void this.#loadAgain();
    });
    // Playlists end, with the stream going on, where a publisher comes back with other tracks: new ones are there then.
    if (pace !== 'free') {
      video.addEventListener('ended', () => void this.#loadAgain(), { signal: this.#stopping.signal });
    }
    this.#catchingUp = window.setInterval(() => this.#catchUp(), CATCH_UP_MS);
    this.#hls.attachMedia(video);
    this.#hls.loadSource(source.url);
  }

  read(): HlsReading {
    const { latency, levels, currentLevel } = this.#hls;
    const level = levels[currentLevel];
    return {
      latencyS: latency > 0 ? latency : null,
      bufferS: bufferedAhead(this.#video),
      bitrateBps: this.#arrivingBps(),
      codecs: level?.attrs.CODECS ?? null,
    };
  }

  qualities(): Quality[] {
    return this.#hls.levels
      .filter(({ height }) => height > 0)
      .map(({ width, height, bitrate, frameRate }) => ({
        id: qualityId(height, bitrate),
        width,
        height,
        bitrateBps: bitrate,
        fps: frameRate,
      }))
      .sort((a, b) => a.height - b.height || a.bitrateBps - b.bitrateBps);
  }

  choose(id: string | null): void {
    this.#wish = id;
    // What was chosen before may be gone with another publisher: then the network decides.
    const index = this.#hls.levels.findIndex(({ height, bitrate }) => qualityId(height, bitrate) === id);
    const held = this.#hls.autoLevelEnabled ? -1 : this.#hls.manualLevel;
    // Setting it throws away what is loaded ahead, even where it changes nothing.
    if (index !== held) this.#hls.nextLevel = index;
  }

  stop(): void {
    this.#stopping.abort();
    window.clearInterval(this.#catchingUp);
    this.#hls.destroy();
  }

  #arrivingBps(): number {
    const now = performance.now();
    while ((this.#arrivals[0]?.at ?? now) < now - WINDOW_MS) this.#arrivals.shift();
    return (this.#arrivals.reduce((sum, { bytes }) => sum + bytes, 0) * 8000) / WINDOW_MS;
  }

  #catchUp(): void {
    const { latency, targetLatency, liveSyncPosition } = this.#hls;
    if (this.#video.paused || targetLatency === null || liveSyncPosition === null) return;
    if (latency > targetLatency + MAX_BEHIND_S[this.#source.pace]) this.#video.currentTime = liveSyncPosition;
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
    if (this.#stopping.signal.aborted) return;
    // Who is somewhere in what was recorded stays there.
    if (this.#source.pace === 'free' && this.#hls.levels.length > 0) this.#hls.startLoad(this.#video.currentTime);
    else this.#hls.loadSource(this.#source.url);
  }
}

/** The same for the same size and bitrate, however they became known. */
export function qualityId(height: number, bitrate: number): string {
  return `${height}p ${bitrate}`;
}

function bufferedAhead({ buffered, currentTime }: HTMLVideoElement): number | null {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime + 0.1 && buffered.end(index) >= currentTime) {
      return buffered.end(index) - currentTime;
    }
  }
  return null;
}

/** Native players send no headers of ours, so the token goes into the address. */
class NativePlayback implements HlsPlayback {
  readonly #video: HTMLVideoElement;
  readonly #stopping = new AbortController();

  constructor(video: HTMLVideoElement, { url: address, token, startS }: HlsSource, onState: (state: HlsState) => void) {
    this.#video = video;
    const { signal } = this.#stopping;
    const url = new URL(address, window.location.href);
    if (token !== null) url.searchParams.set('token', token);
    const loaded = (): void => {
      if (startS !== null && video.seekable.length > 0) video.currentTime = video.seekable.start(0) + startS;
      onState({ status: 'ready' });
    };
    video.addEventListener('loadedmetadata', loaded, { signal });
    video.addEventListener('error', () => void this.#loadAgain(url.href, onState), { signal });
    video.src = url.href;
  }

  read(): HlsReading {
    const { seekable, currentTime } = this.#video;
    const latencyS = seekable.length > 0 ? seekable.end(seekable.length - 1) - currentTime : null;
    return { latencyS, bufferS: bufferedAhead(this.#video), bitrateBps: null, codecs: null };
  }

  qualities(): Quality[] {
    return [];
  }

  choose(): void {
    // The player of the system chooses by itself, and offers no way to be told.
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
