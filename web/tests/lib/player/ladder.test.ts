import { afterEach, describe, expect, it, vi } from 'vitest';

import { newIn, readLadder } from '@/lib/player/ladder';
import { qualityId, type Quality } from '@/lib/player/quality';

const PLAYLIST = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=3500000,RESOLUTION=1280x720,AUDIO="a"
video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,AUDIO="a"
small.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=910000,RESOLUTION=640x360,AUDIO="b"
small.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=128000,AUDIO="a"
sound.m3u8
`;

function quality(height: number, bitrateBps: number): Quality {
  return { id: qualityId(height, bitrateBps), width: (height * 16) / 9, height, bitrateBps, fps: 0 };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('readLadder', () => {
  it('asks with the token and gives the sizes, small to large', async () => {
    const fetched = vi.fn<typeof fetch>(() => Promise.resolve(new Response(PLAYLIST)));
    vi.stubGlobal('fetch', fetched);
    const ladder = await readLadder('/hls/s/index.m3u8', 'secret', new AbortController().signal);
    expect(ladder.map(({ id }) => id)).toEqual(['360p 900000', '360p 910000', '720p 3500000']);
    expect(fetched.mock.calls[0]?.[1]?.headers).toEqual({ Authorization: 'Bearer secret' });
  });

  it('gives none when it is refused', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status: 403 })));
    expect(await readLadder('/hls/s/index.m3u8', null, new AbortController().signal)).toEqual([]);
  });
});

describe('newIn', () => {
  it('gives each size once that is not known, whatever its bit rate is now', () => {
    const ladder = [quality(360, 900_000), quality(360, 910_000), quality(480, 1_400_000), quality(720, 3_600_000)];
    const found = newIn(ladder, [quality(720, 3_500_000)]);
    expect(found.map(({ id }) => id)).toEqual(['360p 900000', '480p 1400000']);
  });
});
