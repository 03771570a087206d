// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { playHls, type HlsState } from '@/lib/hls';

type Listener = (event: string, data: unknown) => void;

/** hls.js as far as it is used here; what happens in it the test says. */
class FakeHls {
  static isSupported = () => true;
  static readonly Events = { MANIFEST_PARSED: 'parsed', FRAG_BUFFERED: 'buffered', ERROR: 'error' };
  static readonly ErrorDetails = { BUFFER_STALLED_ERROR: 'bufferStalledError' };
  readonly listeners = new Map<string, Listener>();
  readonly levels: never[] = [];
  readonly loaded: string[] = [];
  autoLevelEnabled = true;
  lowLatencyMode = true;
  liveSyncPosition: number | null = null;
  isDestroyed = false;

  constructor() {
    players.push(this);
  }

  on = (event: string, listener: Listener) => void this.listeners.set(event, listener);
  attachMedia = () => undefined;
  recoverMediaError = () => undefined;
  startLoad = () => undefined;
  loadSource = (url: string) => void this.loaded.push(url);
  destroy = () => {
    this.isDestroyed = true;
  };

  say(event: string, data: unknown = {}): void {
    this.listeners.get(event)?.(event, data);
  }

  fails(error: { type: string; details: string; response?: { code: number } }): void {
    this.say('error', { ...error, fatal: true });
  }
}

let players: FakeHls[] = [];
let absences = 0;
const SPOILED = { type: 'mediaError', details: 'fragParsingError' };
const source = { url: 'http://media.test/hls/s1/index.m3u8', token: 'secret', pace: 'low-latency', startS: null } as const;

beforeEach(() => {
  players = [];
  absences = 0;
  vi.useFakeTimers();
  vi.resetModules();
  vi.doMock('hls.js', () => {
    if ((absences -= 1) >= 0) throw new TypeError('Failed to fetch dynamically imported module');
    return { default: FakeHls };
  });
});
afterEach(() => vi.useRealTimers());

function start(video = document.createElement('video')) {
  const stopping = new AbortController();
  const states: string[] = [];
  const hear = ({ status }: HlsState): void => void states.push(status);
  const started = playHls(video, source, hear, stopping.signal);
  return { stopping, states, started };
}

test('a library that does not come at once is asked for again', async () => {
  absences = 3;
  const { states } = start();
  // Importing takes real time, of which timers that are turned know nothing.
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(500);
    expect(players).toHaveLength(1);
  });
  expect(absences).toBe(-1);
  expect(players[0]?.loaded).toEqual([source.url]);
  expect(states).toEqual(['connecting']);
});

test('who leaves before the library comes leaves nothing behind', async () => {
  absences = 3;
  const { stopping, started } = start();
  await vi.advanceTimersByTimeAsync(100);
  stopping.abort();
  expect(await started).toBeNull();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(players).toEqual([]);
});

test('media that cannot be read, one after the other, is loaded anew until it can', async () => {
  const { states, started } = start();
  const playback = await started;
  for (let count = 0; count < 4; count += 1) {
    players[0]?.say('parsed');
    players[0]?.fails(SPOILED);
    await vi.advanceTimersByTimeAsync(9000);
  }
  players[0]?.say('parsed');
  expect(states.at(-1)).toBe('ready');
  expect(states).not.toContain('failed');
  expect(players[0]?.loaded).toHaveLength(5);
  playback?.stop();
});

test('sound and picture that fail at once load the stream anew once', async () => {
  const playback = await start().started;
  for (const details of ['levelLoadTimeOut', 'audioTrackLoadTimeOut']) players[0]?.fails({ type: 'networkError', details });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(players[0]?.loaded).toHaveLength(2);
  playback?.stop();
});

test('a player that was stopped loads nothing again', async () => {
  const playback = await start().started;
  players[0]?.fails(SPOILED);
  playback?.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(players[0]?.loaded).toHaveLength(1);
  expect(players[0]?.isDestroyed).toBe(true);
});

test('what parts do not come to play is gone on with by whole segments, not left for a place where they are missing too', async () => {
  const video = document.createElement('video');
  vi.spyOn(video, 'paused', 'get').mockReturnValue(false);
  const playback = await start(video).started;
  const [hls] = players;
  if (hls === undefined) throw new Error('no player was made');
  for (let s = 1; s < 8; s += 1) {
    hls.liveSyncPosition = s;
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(hls.lowLatencyMode).toBe(false);
  expect(video.currentTime).toBe(0);
  hls.liveSyncPosition = 30;
  await vi.advanceTimersByTimeAsync(6000);
  expect(video.currentTime).toBe(30);
  playback?.stop();
});
