/** One picture sent in several sizes at once (RFC 8853), so that each viewer is sent the one that fits. */

export interface VideoLimits {
  maxBitrateBps: number;
  maxFramerate: number;
  /** Whether smaller pictures go beside the one that is filmed, where it is large enough for that. */
  isInSizes: boolean;
}

const SIZES = [
  { rid: 'low', divisor: 4 },
  { rid: 'mid', divisor: 2 },
  { rid: 'high', divisor: 1 },
] as const;
/** Smaller pictures than this serve nobody. */
const LEAST_HEIGHT = 180;
/** What pictures of up to so many lines are sent with, when a larger one goes beside them. */
const BITRATES_BPS: readonly (readonly [lines: number, bitrateBps: number])[] = [
  [180, 200_000],
  [270, 350_000],
  [360, 600_000],
  [540, 1_200_000],
];
/** Of what the largest has, and no more. */
const MOST_SHARE = 0.4;

/** What to ask of an RTCRtpSender of a picture of `height` lines, the smallest first; without `rid` where it is one. */
export function videoEncodings(limits: VideoLimits, height: number): RTCRtpEncodingParameters[] {
  const sizes = SIZES.filter(({ divisor }) => divisor === 1 || (limits.isInSizes && height / divisor >= LEAST_HEIGHT));
  return sizes.map(({ rid, divisor }) => ({
    ...(sizes.length > 1 && { rid, scaleResolutionDownBy: divisor }),
    maxBitrate: bitrateBps(limits.maxBitrateBps, height, divisor),
    maxFramerate: limits.maxFramerate,
  }));
}

/** Applies `limits` to encodings that are there, whose number and names stay as they were negotiated. */
export function limitEncodings(encodings: RTCRtpEncodingParameters[], limits: VideoLimits, height: number): void {
  for (const encoding of encodings) {
    encoding.maxBitrate = bitrateBps(limits.maxBitrateBps, height, encoding.scaleResolutionDownBy ?? 1);
    encoding.maxFramerate = limits.maxFramerate;
  }
}

function bitrateBps(largestBps: number, height: number, divisor: number): number {
  if (divisor === 1) return largestBps;
  const own = BITRATES_BPS.find(([lines]) => height / divisor <= lines)?.[1] ?? largestBps;
  return Math.round(Math.min(own, largestBps * MOST_SHARE));
}
