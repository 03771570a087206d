/** What arrives, from two looks at a receiver's statistics (W3C webrtc-stats). */
export interface ReceivedSample {
  bytes: number;
  /** Seconds spent in the video jitter buffer, summed over `emitted` frames. */
  bufferedS: number;
  emitted: number;
  rttS: number | null;
}

export function sampleReceived(report: Iterable<Record<string, unknown>>): ReceivedSample {
  const sample: ReceivedSample = { bytes: 0, bufferedS: 0, emitted: 0, rttS: null };
  for (const stats of report) {
    if (stats.type === 'inbound-rtp') {
      sample.bytes += number(stats.bytesReceived);
      if (stats.kind !== 'video') continue;
      sample.bufferedS = number(stats.jitterBufferDelay);
      sample.emitted = number(stats.jitterBufferEmittedCount);
    } else if (stats.type === 'candidate-pair' && stats.nominated === true) {
      if (typeof stats.currentRoundTripTime === 'number') sample.rttS = stats.currentRoundTripTime;
    }
  }
  return sample;
}

/**
 * Seconds from the media server to the screen: half the round trip, and the time frames wait to be shown. What lies
 * between the camera and the server is not known here. Null while no frame has been shown.
 */
export function receivedLatencyS(before: ReceivedSample, after: ReceivedSample): number | null {
  const frames = after.emitted - before.emitted;
  if (frames <= 0) return null;
  return (after.bufferedS - before.bufferedS) / frames + (after.rttS ?? 0) / 2;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
