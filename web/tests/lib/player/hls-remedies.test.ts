import { expect, test } from 'vitest';

import { HlsRemedies, type FatalError, type Remedy } from '@/lib/player/hls-remedies';

const network = (code?: number): FatalError => ({ type: 'networkError', details: 'manifestLoadError', response: { code } });
const media = (details: string): FatalError => ({ type: 'mediaError', details });
const act = ({ act: what }: Remedy) => what;
const delays = (remedies: Remedy[]) => remedies.map((remedy) => (remedy.act === 'load-again' ? remedy.afterMs : null));

test.each(['fragParsingError', 'bufferAppendError', 'bufferStalledError'])(
  'at the live edge %s is never the end, however often it comes',
  (details) => {
    const remedies = new HlsRemedies('low-latency');
    const given = Array.from({ length: 20 }, (_, index) => remedies.remedy(media(details), index * 500));
    expect(new Set(given.map(act))).toEqual(new Set(['load-again']));
  },
);

test.each([undefined, 500, 503])('without a good answer (%s) it waits longer each time, up to a bound', (code) => {
  const remedies = new HlsRemedies('low-latency');
  const waits = delays(Array.from({ length: 8 }, (_, index) => remedies.remedy(network(code), index * 8000)));
  expect(waits[0]).toBeLessThan(600);
  expect(waits[3]).toBeGreaterThan(3000);
  expect(Math.max(...waits.map(Number))).toBeLessThan(9000);
});

test('failures long ago make nobody wait', () => {
  const remedies = new HlsRemedies('smooth');
  for (let at = 0; at < 5000; at += 1000) remedies.remedy(network(503), at);
  expect(delays([remedies.remedy(network(503), 60_000)])[0]).toBeLessThan(600);
});

test('a stream that has no playlist yet is asked for each second', () => {
  const remedies = new HlsRemedies('low-latency');
  const given = Array.from({ length: 10 }, (_, index) => remedies.remedy(network(404), index * 1000));
  expect(new Set(delays(given))).toEqual(new Set([1000]));
});

test.each([401, 403])('who is refused with %d needs another grant', (code) => {
  expect(act(new HlsRemedies('low-latency').remedy(network(code), 0))).toBe('join-again');
});

test('codecs that this browser does not have are waited for a little', () => {
  const remedies = new HlsRemedies('low-latency');
  const given = Array.from({ length: 6 }, (_, index) =>
    act(remedies.remedy(media('manifestIncompatibleCodecsError'), index * 8000)),
  );
  expect(given).toEqual([...Array<string>(5).fill('load-again'), 'give-up']);
});

test('what was recorded with an error in it is given up when it comes again at once', () => {
  const remedies = new HlsRemedies('free');
  expect(act(remedies.remedy(media('bufferAppendError'), 0))).toBe('reset-media');
  expect(act(remedies.remedy(media('bufferAppendError'), 10_000))).toBe('reset-media');
  expect(act(remedies.remedy(media('bufferAppendError'), 12_000))).toBe('give-up');
});

test.each([404, 410])('what was recorded and is gone (%d) does not come back', (code) => {
  expect(act(new HlsRemedies('free').remedy(network(code), 0))).toBe('give-up');
});
