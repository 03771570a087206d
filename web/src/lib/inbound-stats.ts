/** What arrives, from two looks at a receiver's statistics (W3C webrtc-stats). */
export interface ReceivedSample {
  /** Milliseconds. */
  at: number;
  bytes: number;
  /** Seconds spent in the video jitter buffer, summed over `emitted` frames. */
  bufferedS: number;
  emitted: number;
  packets: number;
  lost: number;
  rttS: number | null;
  /** MIME types of what is decoded, picture first. */
  codecs: string[];
}

/** What was measured between two looks. */
export interface Received {
  latencyS: number | null;
  bufferS: number | null;
  bitrateBps: number;
  lossRatio: number;
  rttS: number | null;
  codecs: string | null;
}

export function sampleReceived(report: Iterable<Record<string, unknown>>): ReceivedSample {
  const sample: ReceivedSample = { at: 0, bytes: 0, bufferedS: 0, emitted: 0, packets: 0, lost: 0, rttS: null, codecs: [] };
  const mimeTypes = new Map<unknown, string>();
  const used: { kind: unknown; codecId: unknown }[] = [];
  for (const stats of report) {
    if (stats.type === 'inbound-rtp') {
      sample.at = Math.max(sample.at, number(stats.timestamp));
      sample.bytes += number(stats.bytesReceived);
      sample.packets += number(stats.packetsReceived);
      sample.lost += number(stats.packetsLost);
      used.push({ kind: stats.kind, codecId: stats.codecId });
      if (stats.kind !== 'video') continue;
      sample.bufferedS = number(stats.jitterBufferDelay);
      sample.emitted = number(stats.jitterBufferEmittedCount);
    } else if (stats.type === 'candidate-pair' && stats.nominated === true) {
      if (typeof stats.currentRoundTripTime === 'number') sample.rttS = stats.currentRoundTripTime;
    } else if (stats.type === 'codec' && typeof stats.mimeType === 'string') {
      mimeTypes.set(stats.id, stats.mimeType);
    }
  }
  used.sort((a, b) => Number(b.kind === 'video') - Number(a.kind === 'video'));
  sample.codecs = used.map(({ codecId }) => mimeTypes.get(codecId)).filter((type) => type !== undefined);
  return sample;
}

/**
 * Seconds from the media server to the screen: half the round trip, and the time frames wait to be shown. What lies
 * between the camera and the server is not known here. Null while no frame has been shown.
 */
export function receivedLatencyS(before: ReceivedSample, after: ReceivedSample): number | null {
  const waited = waitedS(before, after);
  return waited === null ? null : waited + (after.rttS ?? 0) / 2;
}

export function received(before: ReceivedSample, after: ReceivedSample): Received {
  const seconds = Math.max((after.at - before.at) / 1000, 0.001);
  const packets = after.packets - before.packets;
  const lost = Math.max(0, after.lost - before.lost);
  return {
    latencyS: receivedLatencyS(before, after),
    bufferS: waitedS(before, after),
    bitrateBps: Math.max(0, ((after.bytes - before.bytes) * 8) / seconds),
    lossRatio: packets + lost > 0 ? lost / (packets + lost) : 0,
    rttS: after.rttS,
    codecs: after.codecs.length === 0 ? null : after.codecs.map((type) => type.replace(/^\w+\//, '')).join(', '),
  };
}

function waitedS(before: ReceivedSample, after: ReceivedSample): number | null {
  const frames = after.emitted - before.emitted;
  return frames > 0 ? (after.bufferedS - before.bufferedS) / frames : null;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
