/** What leaves this machine, from two looks at a sender's statistics (W3C webrtc-stats). */

export interface SentSample {
  /** Milliseconds. */
  at: number;
  bytes: number;
  /** Of each size that is offered, the largest first. */
  pictures: SentPicture[];
  rttS: number | null;
  lossRatio: number | null;
}

export interface SentPicture {
  ssrc: number;
  frames: number;
  width: number;
  height: number;
  /** Why the browser sends less than it might. */
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
  const sample: SentSample = { at: 0, bytes: 0, pictures: [], rttS: null, lossRatio: null };
  for (const stats of report) {
    if (stats.type === 'outbound-rtp') {
      sample.at = Math.max(sample.at, number(stats.timestamp));
      sample.bytes += number(stats.bytesSent);
      if (stats.kind === 'video') sample.pictures.push(picture(stats));
    } else if (stats.type === 'remote-inbound-rtp') {
      if (typeof stats.roundTripTime === 'number') sample.rttS = stats.roundTripTime;
      if (typeof stats.fractionLost === 'number') {
        sample.lossRatio = Math.max(sample.lossRatio ?? 0, stats.fractionLost);
      }
    }
  }
  sample.pictures.sort((a, b) => b.height - a.height);
  return sample;
}

function picture(stats: Record<string, unknown>): SentPicture {
  return {
    ssrc: number(stats.ssrc),
    frames: number(stats.framesSent),
    width: number(stats.frameWidth),
    height: number(stats.frameHeight),
    limitation: typeof stats.qualityLimitationReason === 'string' ? stats.qualityLimitationReason : 'none',
  };
}

/** `isSettling`: browsers take some seconds to find out what a new connection can carry. */
export function outgoing(before: SentSample, after: SentSample, isSettling: boolean): Outgoing {
  const seconds = Math.max((after.at - before.at) / 1000, 0.001);
  const bitrateBps = Math.max(0, ((after.bytes - before.bytes) * 8) / seconds);
  const framesOf = ({ ssrc, frames }: SentPicture): number =>
    frames - (before.pictures.find((earlier) => earlier.ssrc === ssrc)?.frames ?? frames);
  // A browser that cannot send all sizes leaves out the large ones, and keeps saying how large they were.
  const sent = after.pictures.find((size) => framesOf(size) > 0) ?? after.pictures[0];
  return {
    bitrateBps,
    fps: sent === undefined ? 0 : Math.max(0, framesOf(sent) / seconds),
    width: sent?.width ?? 0,
    height: sent?.height ?? 0,
    health: healthOf(bitrateBps, after, isSettling),
  };
}

function healthOf(bitrateBps: number, { rttS, lossRatio, pictures }: SentSample, isSettling: boolean): Health {
  const limitation = pictures.find((size) => size.limitation !== 'none')?.limitation ?? 'none';
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
