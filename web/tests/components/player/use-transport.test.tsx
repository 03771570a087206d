// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useRef, useState } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { useTransport, type LatencyMode } from '@/components/player/useTransport';
import type { Hear, Playback, Quality } from '@/lib/player/playback';

/** A way to play that does nothing, and says what a test has it say. */
class Way implements Playback {
  readonly name: string;
  readonly hear: Hear;
  chosen: (string | null)[] = [];
  isStopped = false;

  constructor(name: string, hear: Hear) {
    this.name = name;
    this.hear = hear;
    ways.push(this);
  }

  read = () => Promise.resolve(null);
  isFlowing = () => true;
  reconnect = () => undefined;
  look = () => undefined;
  qualities = (): Quality[] => [];
  choose = (id: string | null) => void this.chosen.push(id);
  stop = () => {
    this.isStopped = true;
  };
}

let ways: Way[] = [];
vi.mock('@/lib/player/playback', () => ({
  playWebRtc: (_video: unknown, _grant: unknown, hear: Hear, isOnlyWay: boolean) =>
    new Way(isOnlyWay ? 'webrtc alone' : 'webrtc', hear),
  playByHls: (_video: unknown, _grant: unknown, hear: Hear, pace: string) => new Way(pace, hear),
  playRewound: (_video: unknown, _grant: unknown, hear: Hear, behindS: number) => new Way(`rewind ${behindS}`, hear),
}));

beforeEach(() => {
  ways = [];
  vi.stubGlobal('RTCPeerConnection', vi.fn());
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const grant = { workerId: 'w', originId: 'w', whepUrl: '', hlsUrl: '', token: '', iceServers: [] };

function Watching({ forced = null }: { forced?: 'webrtc' | 'hls' | null }) {
  const video = useRef<HTMLVideoElement>(null);
  const [mode, setMode] = useState<LatencyMode>('real-time');
  const [rewound, setRewound] = useState<{ behindS: number } | null>(null);
  const [workerId, setWorkerId] = useState('w');
  const transport = useTransport(video, { ...grant, workerId, whepUrl: workerId }, {
    forced,
    mode,
    rewound,
    isUp: true,
    isLive: true,
    onRefused: () => undefined,
    onRewindLost: () => setRewound(null),
  });
  return (
    <>
      <video ref={video} />
      <output>
        {transport.kind} {transport.status}
      </output>
      <button onClick={() => setMode('low-latency')}>low-latency</button>
      <button onClick={() => setMode('smooth')}>smooth</button>
      <button onClick={() => setMode('real-time')}>real-time</button>
      <button onClick={() => setWorkerId('other')}>elsewhere</button>
      <button onClick={() => setRewound({ behindS: 60 })}>back</button>
      <button onClick={() => transport.chooseQuality('720p 3')}>720p</button>
    </>
  );
}

const press = (name: string) => fireEvent.click(screen.getByText(name));
const shown = () => screen.getByRole('status').textContent;
const playing = () => ways.filter(({ isStopped }) => !isStopped).map(({ name }) => name);

test('WebRTC comes first, and gives way to low latency when it proves unusable', () => {
  render(<Watching />);
  expect(playing()).toEqual(['webrtc']);
  act(() => ways.at(-1)?.hear('unusable'));
  expect(playing()).toEqual(['low-latency']);
  act(() => ways.at(-1)?.hear('unusable'));
  expect(shown()).toBe('hls failed');
});

test('WebRTC that was given up is not tried again by choosing real time', () => {
  render(<Watching />);
  act(() => ways.at(-1)?.hear('unusable'));
  press('smooth');
  press('real-time');
  expect(playing()).toEqual(['low-latency']);
});

test('WebRTC that was given up at one media server is tried at another', () => {
  render(<Watching />);
  act(() => ways.at(-1)?.hear('unusable'));
  press('elsewhere');
  expect(playing()).toEqual(['webrtc']);
});

test('a latency that is chosen has one connection of its own', () => {
  render(<Watching />);
  for (const mode of ['low-latency', 'smooth']) {
    press(mode);
    expect(playing()).toEqual([mode]);
  }
  press('real-time');
  expect(playing()).toEqual(['webrtc']);
});

test('a transport that is forced stays, whatever is chosen or fails', () => {
  render(<Watching forced="webrtc" />);
  press('smooth');
  act(() => ways.at(-1)?.hear('unusable'));
  expect(playing()).toEqual(['webrtc alone']);
  expect(shown()).toBe('webrtc failed');
});

test('going back plays the past; when that does not play, the present goes on', () => {
  render(<Watching />);
  press('back');
  expect(playing()).toEqual(['rewind 60']);
  act(() => ways.at(-1)?.hear('unusable'));
  expect(playing()).toEqual(['webrtc']);
});

test('a quality that was chosen is kept by the connection that follows', () => {
  render(<Watching />);
  press('720p');
  press('low-latency');
  expect(ways.at(-1)?.chosen).toEqual(['720p 3']);
});

test('a page that goes leaves no connection behind', () => {
  const { unmount } = render(<Watching />);
  unmount();
  expect(playing()).toEqual([]);
});
