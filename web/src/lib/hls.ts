import type Hls from 'hls.js';

import { bufferedAhead, played } from './player/buffered';
import { hlsConfig, type HlsSource } from './player/hls-config';
import { HlsRemedies, type FatalError } from './player/hls-remedies';
import { bySize, newIn, readLadder } from './player/ladder';
import { LiveEdge } from './player/live-edge';
import { NativePlayback } from './player/native-hls';
import { heightOf, qualityId, type Quality } from './player/quality';
import { pause, untilDone } from './time';

export type HlsState =
  | { status: 'connecting' }
  /** There is no playlist: the stream has no publisher yet, or again. */
  | { status: 'waiting' }
  | { status: 'ready' }
  /** The grant is no longer good: the viewer has to join again. */
  | { status: 'refused' }
  | { status: 'failed'; reason: string };

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

const APPLE = 'application/vnd.apple.mpegurl';
/** A new publisher's playlist is there soon after the end of the one before. */
const ENDED_MS = 1000;
/** How often it is looked whether playback is still near where it is to be. */
const CATCH_UP_MS = 1000;
/** How often it is looked whether sizes have come that were not there at the beginning: hls.js reads the list once. */
const LOOK_MS = 10_000;
/** Over how long arrivals are counted. */
const WINDOW_MS = 8000;

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
  const library = await untilDone(() => import('hls.js'), signal).catch(() => null);
  if (library === null || signal.aborted) return null;
  const { default: HlsPlayer } = library;
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
  readonly #looking: number | undefined;
  readonly #remedies: HlsRemedies;
  readonly #edge: LiveEdge;
  #later: Quality[] = [];
  #wish: string | null = null;
  #isLoadingAgain = false;

  constructor(
    HlsPlayer: typeof Hls,
    video: HTMLVideoElement,
    source: HlsSource,
    onState: (state: HlsState) => void,
  ) {
    this.#source = source;
    this.#video = video;
    this.#onState = onState;
    this.#remedies = new HlsRemedies(source.pace);
    this.#edge = new LiveEdge(source.pace, performance.now());
    this.#hls = new HlsPlayer(hlsConfig(source));
    this.#hls.on(HlsPlayer.Events.MANIFEST_PARSED, () => {
      this.#later = [];
      this.choose(this.#wish);
      onState({ status: 'ready' });
    });
    this.#hls.on(HlsPlayer.Events.FRAG_BUFFERED, (_event, { stats }) => {
      this.#arrivals.push({ at: performance.now(), bytes: stats.total });
    });
    this.#hls.on(HlsPlayer.Events.ERROR, (_event, error) => {
      if (error.fatal) this.#mend(error);
      else if (error.details === HlsPlayer.ErrorDetails.BUFFER_STALLED_ERROR) this.#takeSmaller();
    });
    // Playlists end, with the stream going on, where a publisher comes back with other tracks: new ones are there then.
    if (source.pace !== 'free') {
      video.addEventListener('ended', () => void this.#loadAgain(ENDED_MS), { signal: this.#stopping.signal });
      this.#looking = window.setInterval(() => void this.#look(), LOOK_MS);
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
    return [...this.#levels(), ...this.#later].sort(bySize);
  }

  choose(id: string | null): void {
    this.#wish = id;
    if (this.#later.some((quality) => quality.id === id)) {
      this.#readAnew();
      return;
    }
    const index = this.#indexOf(id);
    const held = this.#hls.autoLevelEnabled ? -1 : this.#hls.manualLevel;
    // Setting it throws away what is loaded ahead, even where it changes nothing.
    if (index !== held) this.#hls.nextLevel = index;
  }

  stop(): void {
    this.#stopping.abort();
    window.clearInterval(this.#catchingUp);
    window.clearInterval(this.#looking);
    this.#hls.destroy();
  }

  #levels(): Quality[] {
    return this.#hls.levels
      .filter(({ height }) => height > 0)
      .map(({ width, height, bitrate, frameRate }) => ({
        id: qualityId(height, bitrate),
        width,
        height,
        bitrateBps: bitrate,
        fps: frameRate,
      }));
  }

  /** -1, which leaves it to the network, also where what was chosen is gone with another publisher. */
  #indexOf(id: string | null): number {
    if (id === null) return -1;
    const { levels } = this.#hls;
    const same = levels.findIndex(({ height, bitrate }) => qualityId(height, bitrate) === id);
    return same >= 0 ? same : levels.findIndex(({ height }) => height === heightOf(id));
  }

  async #look(): Promise<void> {
    const { url, token } = this.#source;
    if (this.#hls.levels.length === 0) return;
    // Without an answer, what is known stays.
    const ladder = await readLadder(url, token, this.#stopping.signal).catch(() => []);
    if (ladder.length > 0) this.#later = newIn(ladder, this.#levels());
  }

  /** The path carries too little: a smaller size may have come. */
  #takeSmaller(): void {
    const smallest = Math.min(...this.#levels().map(({ height }) => height));
    if (this.#wish === null && this.#later.some(({ height }) => height < smallest)) this.#readAnew();
  }

  #readAnew(): void {
    this.#later = [];
    this.#hls.loadSource(this.#source.url);
  }

  #arrivingBps(): number {
    const now = performance.now();
    while ((this.#arrivals[0]?.at ?? now) < now - WINDOW_MS) this.#arrivals.shift();
    return (this.#arrivals.reduce((sum, { bytes }) => sum + bytes, 0) * 8000) / WINDOW_MS;
  }

  #catchUp(): void {
    const { liveSyncPosition } = this.#hls;
    const [nowMs, playedS] = [performance.now(), played(this.#video)];
    if (this.#video.paused) this.#edge.rest(nowMs, playedS);
    if (this.#video.paused || liveSyncPosition === null) return;
    const advice = this.#edge.look({ nowMs, behindS: liveSyncPosition - this.#video.currentTime, playedS });
    if (advice === 'move') this.#video.currentTime = liveSyncPosition;
    else if (advice === 'ease') this.#hls.lowLatencyMode = false;
  }

  #mend(error: FatalError): void {
    const remedy = this.#remedies.remedy(error, performance.now());
    if (remedy.act === 'load-again') void this.#loadAgain(remedy.afterMs);
    else if (remedy.act === 'join-again') this.#onState({ status: 'refused' });
    else if (remedy.act === 'give-up') this.#onState({ status: 'failed', reason: error.details });
    else this.#resetMedia();
  }

  #resetMedia(): void {
    const place = this.#video.currentTime;
    this.#hls.recoverMediaError();
    // Loading has been stopped by the error, and would begin again where it began at first.
    this.#hls.startLoad(place);
  }

  async #loadAgain(afterMs: number): Promise<void> {
    // Sound and picture may fail at once; loading again is for both.
    if (this.#isLoadingAgain) return;
    this.#isLoadingAgain = true;
    this.#onState({ status: 'waiting' });
    await pause(afterMs, this.#stopping.signal).catch(() => undefined);
    this.#isLoadingAgain = false;
    if (this.#stopping.signal.aborted) return;
    // Who is somewhere in what was recorded stays there.
    if (this.#source.pace === 'free' && this.#hls.levels.length > 0) this.#hls.startLoad(this.#video.currentTime);
    else this.#hls.loadSource(this.#source.url);
  }
}
