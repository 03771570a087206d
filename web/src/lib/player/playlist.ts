/** As much of HLS playlists (RFC 8216bis §4) as is read before a player is there to read them. */
export interface Variant {
  uri: string;
  width: number;
  height: number;
  bitrateBps: number;
}

/** The variants of a multivariant playlist; none of a media playlist. */
export function variantsOf(playlist: string): Variant[] {
  const found: Variant[] = [];
  const lines = playlist.split(/\r?\n/);
  lines.forEach((line, index) => {
    if (!line.startsWith('#EXT-X-STREAM-INF:')) return;
    // §4.4.6.2: the URI is on the line that follows.
    const uri = lines[index + 1] ?? '';
    if (uri === '' || uri.startsWith('#')) return;
    const size = /[:,]RESOLUTION=(\d+)x(\d+)/.exec(line);
    const bandwidth = /[:,]BANDWIDTH=(\d+)/.exec(line);
    found.push({
      uri,
      width: Number(size?.[1] ?? 0),
      height: Number(size?.[2] ?? 0),
      bitrateBps: Number(bandwidth?.[1] ?? 0),
    });
  });
  return found;
}

/** Seconds of the segments of a media playlist. */
export function sumOfSegments(playlist: string): number {
  let sum = 0;
  for (const [, duration] of playlist.matchAll(/^#EXTINF:(\d+(?:\.\d+)?)/gm)) sum += Number(duration);
  return sum;
}
