import { sumOfSegments, variantsOf } from './playlist';

export interface Rewind {
  url: string;
  /** Seconds that one can go back. */
  windowS: number;
}

/** What can be gone back to in a stream; null where the media server keeps nothing of it, or cannot be asked. */
export async function findRewind(
  { hlsUrl, token }: { hlsUrl: string; token: string },
  signal: AbortSignal,
): Promise<Rewind | null> {
  const url = new URL('rewind.m3u8', hlsUrl).href;
  const first = await readPlaylist(url, token, signal);
  if (first === null) return null;
  const [variant] = variantsOf(first);
  const media = variant === undefined ? first : await readPlaylist(new URL(variant.uri, url).href, token, signal);
  const windowS = media === null ? 0 : sumOfSegments(media);
  return windowS > 0 ? { url, windowS } : null;
}

async function readPlaylist(url: string, token: string, signal: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` }, signal });
    return response.ok ? await response.text() : null;
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}
