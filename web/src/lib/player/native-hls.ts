import type { HlsPlayback, HlsReading, HlsState } from '../hls';
import { pause } from '../time';

import { bufferedAhead } from './buffered';
import type { HlsSource } from './hls-config';
import type { Quality } from './quality';

const RETRY_MS = 1000;

/** Native players send no headers of ours, so the token goes into the address. */
export class NativePlayback implements HlsPlayback {
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
