import { afterEach, expect, test, vi } from 'vitest';

import { findRewind } from '@/lib/player/rewind';

const grant = { hlsUrl: 'http://media.test/hls/s1/index.m3u8', token: 'secret' };
const MEDIA = '#EXTM3U\n#EXTINF:2.0,\n1.m4s\n#EXTINF:2.0,\n2.m4s\n';

afterEach(() => vi.unstubAllGlobals());

function serve(files: Record<string, string>): Request[] {
  const asked: Request[] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push(new Request(url, { headers: init.headers ?? {} }));
    const text = files[url.replace('http://media.test/hls/s1/', '')];
    return Promise.resolve(text === undefined ? new Response(null, { status: 404 }) : new Response(text));
  });
  return asked;
}

const find = () => findRewind(grant, new AbortController().signal);

test('a stream can be gone back as far as its rewind playlist is long', async () => {
  const asked = serve({ 'rewind.m3u8': MEDIA });
  expect(await find()).toEqual({ url: 'http://media.test/hls/s1/rewind.m3u8', windowS: 4 });
  expect(asked.map(({ headers }) => headers.get('Authorization'))).toEqual(['Bearer secret']);
});

test('where the rewind has several renditions, one of them tells', async () => {
  serve({ 'rewind.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nrewind-720.m3u8\n', 'rewind-720.m3u8': MEDIA });
  expect(await find()).toEqual({ url: 'http://media.test/hls/s1/rewind.m3u8', windowS: 4 });
});

test.each([
  ['no playlist', {}],
  ['a playlist without a segment', { 'rewind.m3u8': '#EXTM3U\n' }],
  ['a rendition that is gone', { 'rewind.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ngone.m3u8\n' }],
])('with %s there is nothing to go back to', async (_what, files) => {
  serve(files);
  expect(await find()).toBeNull();
});

test('a media server that cannot be reached has nothing to go back to', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
  expect(await find()).toBeNull();
});
