/** What leaves this machine, from two looks at a sender's statistics (W3C webrtc-stats). */

export interface SentSample {
  /** Milliseconds. */
  at: number;
  bytes: number;
  frames: number;
  width: number;
  height: number;
  rttS: number | null;
  lossRatio: number | null;
  limitation: string;
}

export interface Outgoing {
  bitrateBps: number;
  fps: number;
  width: number;
  height: number;
  health: Health;
}

export interface Health {
  grade: 'good' | 'fair' | 'poor';
  /** What it means for the viewers, in one sentence. */
  says: string;
}

export function sampleSent(report: Iterable<Record<string, unknown>>): SentSample {
  const sample: SentSample = {
    at: 0,
    bytes: 0,
    frames: 0,
    width: 0,
    height: 0,
    rttS: null,
    lossRatio: null,
    limitation: 'none',
  };
  for (const stats of report) {
    if (stats.type === 'outbound-rtp') {
      sample.at = Math.max(sample.at, number(stats.timestamp));
      sample.bytes += number(stats.bytesSent);
      if (stats.kind !== 'video') continue;
      sample.frames = number(stats.framesSent);
      sample.width = number(stats.frameWidth);
      sample.height = number(stats.frameHeight);
      if (typeof stats.qualityLimitationReason === 'string') sample.limitation = stats.qualityLimitationReason;
    } else if (stats.type === 'remote-inbound-rtp') {
      if (typeof stats.roundTripTime === 'number') sample.rttS = stats.roundTripTime;
      if (typeof stats.fractionLost === 'number') {
        sample.lossRatio = Math.max(sample.lossRatio ?? 0, stats.fractionLost);
      }
    }
  }
  return sample;
}

/** `isSettling`: browsers take some seconds to find out what a new connection can carry. */
export function outgoing(before: SentSample, after: SentSample, isSettling: boolean): Outgoing {
  const seconds = Math.max((after.at - before.at) / 1000, 0.001);
  const bitrateBps = Math.max(0, ((after.bytes - before.bytes) * 8) / seconds);
  return {
    bitrateBps,
    fps: Math.max(0, (after.frames - before.frames) / seconds),
    width: after.width,
    height: after.height,
    health: healthOf(bitrateBps, after, isSettling),
  };
}

function healthOf(bitrateBps: number, { rttS, lossRatio, limitation }: SentSample, isSettling: boolean): Health {
  if (bitrateBps < 8000) return { grade: 'poor', says: 'Nothing is getting through right now.' };
  if ((lossRatio ?? 0) > 0.08) return { grade: 'poor', says: 'Your network is losing packets: viewers see breaks.' };
  if ((rttS ?? 0) > 0.5) return { grade: 'poor', says: 'Your network is very slow to answer.' };
  if (limitation !== 'none' && isSettling) {
    return { grade: 'good', says: 'Finding out how much your network can carry.' };
  }
  if (limitation === 'bandwidth') return { grade: 'fair', says: 'The picture is reduced to fit your upload speed.' };
  if (limitation === 'cpu') return { grade: 'fair', says: 'This computer is busy: the picture is reduced.' };
  if ((lossRatio ?? 0) > 0.02) return { grade: 'fair', says: 'Your network loses a packet now and then.' };
  if ((rttS ?? 0) > 0.25) return { grade: 'fair', says: 'Your network is a little slow to answer.' };
  return { grade: 'good', says: 'Everything gets through.' };
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
