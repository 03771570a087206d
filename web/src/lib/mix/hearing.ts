/** How long sound is under way from the media server to the ear, from a receiver's statistics (W3C webrtc-stats). */

export interface HearingSample {
  /** Since 1900 or 1970, in milliseconds; null where the browser does not tell, as Chromium for sound alone. */
  playoutMs: number | null;
  /** Seconds in the jitter buffer, summed over `emitted` samples. */
  bufferedS: number;
  emitted: number;
  /** Seconds in the machine's own sound output, summed over `played` samples. */
  outputS: number;
  played: number;
  rttS: number;
}

export function sampleHearing(report: Iterable<Record<string, unknown>>): HearingSample {
  const sample: HearingSample = { playoutMs: null, bufferedS: 0, emitted: 0, outputS: 0, played: 0, rttS: 0 };
  for (const stats of report) {
    if (stats.type === 'inbound-rtp' && stats.kind === 'audio') {
      const playout = number(stats.estimatedPlayoutTimestamp);
      if (playout > 0) sample.playoutMs = playout;
      sample.bufferedS = number(stats.jitterBufferDelay);
      sample.emitted = number(stats.jitterBufferEmittedCount);
    } else if (stats.type === 'media-playout') {
      sample.outputS = number(stats.totalPlayoutDelay);
      sample.played = number(stats.totalSamplesCount);
    } else if (stats.type === 'candidate-pair' && stats.nominated === true) {
      sample.rttS = number(stats.currentRoundTripTime);
    }
  }
  return sample;
}

/** A packet of the cue bus: its first sample waits this long for its last. */
const PACKET_S = 0.01;

/** Seconds from the mixer to the ear between two looks; null while nothing was played. */
export function hearingDelayS(before: HearingSample, after: HearingSample): number | null {
  const emitted = after.emitted - before.emitted;
  if (emitted <= 0) return null;
  const played = after.played - before.played;
  const output = played > 0 ? (after.outputS - before.outputS) / played : 0;
  return PACKET_S + after.rttS / 2 + (after.bufferedS - before.bufferedS) / emitted + output;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
