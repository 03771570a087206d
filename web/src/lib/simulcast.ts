/** One picture sent in several sizes at once (RFC 8853), so that each viewer is sent the one that fits. */

export interface VideoLimits {
  maxBitrateBps: number;
  maxFramerate: number;
  /** Of the picture that is sent in several sizes; without it, it is sent in one. */
  height?: number;
}

interface Size {
  rid: string;
  divisor: number;
  /** Of the bitrate of the largest. A quarter of the pixels takes rather more than a quarter of the bits. */
  share: number;
}

const SIZES: readonly Size[] = [
  { rid: 'low', divisor: 4, share: 0.08 },
  { rid: 'mid', divisor: 2, share: 0.28 },
  { rid: 'high', divisor: 1, share: 1 },
];
const LEAST_BITRATE_BPS = 150_000;
/** Smaller pictures than this serve nobody. */
const LEAST_HEIGHT = 180;

/** What to ask of an RTCRtpSender, the smallest picture first; without `rid` where there is one size alone. */
export function videoEncodings(limits: VideoLimits): RTCRtpEncodingParameters[] {
  const sizes = SIZES.filter(({ divisor }) => divisor === 1 || (limits.height ?? 0) / divisor >= LEAST_HEIGHT);
  return sizes.map(({ rid, divisor, share }) => ({
    ...(sizes.length > 1 && { rid, scaleResolutionDownBy: divisor }),
    maxBitrate: Math.max(LEAST_BITRATE_BPS, Math.round(limits.maxBitrateBps * share)),
    maxFramerate: limits.maxFramerate,
  }));
}

/** Applies `limits` to encodings that are there, whose number and names stay as they were negotiated. */
export function limitEncodings(encodings: RTCRtpEncodingParameters[], limits: VideoLimits): void {
  const wanted = new Map(videoEncodings({ ...limits, height: Infinity }).map((encoding) => [encoding.rid, encoding]));
  for (const encoding of encodings) {
    const limit = wanted.get(encodings.length > 1 ? encoding.rid : 'high');
    if (limit?.maxBitrate === undefined) continue;
    encoding.maxBitrate = limit.maxBitrate;
    encoding.maxFramerate = limits.maxFramerate;
  }
}
