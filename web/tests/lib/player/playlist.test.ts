import { expect, test } from 'vitest';

import { sumOfSegments, variantsOf } from '@/lib/player/playlist';

const MULTIVARIANT = [
  '#EXTM3U',
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="audio.m3u8"',
  '#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=1,RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2"',
  '720.m3u8?token=t',
  '#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=1,BANDWIDTH=128000',
  'sound.m3u8',
  '#EXT-X-STREAM-INF:BANDWIDTH=1',
].join('\r\n');

test('the variants of a playlist are told with their sizes, sound alone without one', () => {
  expect(variantsOf(MULTIVARIANT)).toEqual([
    { uri: '720.m3u8?token=t', width: 1280, height: 720, bitrateBps: 3_000_000 },
    { uri: 'sound.m3u8', width: 0, height: 0, bitrateBps: 128_000 },
  ]);
});

test('a media playlist has no variants, and the length of its segments', () => {
  const media = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.00000,\na.m4s\n#EXTINF:1.5\nb.m4s\n#EXT-X-PART:DURATION=0.2\n';
  expect(variantsOf(media)).toEqual([]);
  expect(sumOfSegments(media)).toBeCloseTo(3.5);
});
