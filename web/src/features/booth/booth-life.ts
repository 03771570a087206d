import type { Entered, Mix, OpenMix } from '@/api/mix/types';
import type { Stream } from '@/api/types';
import type { StreamNews } from '@/lib/socket';

/** Where a DJ stands with their booth. */
export type BoothLife =
  /** Asking whether a booth is open that one may enter. */
  | { phase: 'checking' }
  | { phase: 'unknown'; message: string }
  | { phase: 'none'; problem: string | null }
  /** Live already, by camera: there is no booth to it. */
  | { phase: 'camera-live' }
  | { phase: 'opening' }
  | { phase: 'in'; entered: Entered }
  /** Over, or over for us. */
  | { phase: 'left'; stream: Stream; why: WhyLeft };

/** `closed`: a booth that never was on air is gone, or the lead took us out of it; the platform does not tell which. */
export type WhyLeft = 'ended' | 'closed' | 'removed' | 'by-choice';

export type BoothEvent =
  | { type: 'checking' }
  | { type: 'check-failed'; message: string }
  | { type: 'none' }
  | { type: 'opening' }
  | { type: 'refused'; message: string }
  | { type: 'camera-live' }
  | { type: 'entered'; entered: Entered }
  | { type: 'looked'; found: OpenMix }
  | { type: 'mix'; mix: Mix }
  | { type: 'stream'; stream: Stream }
  | { type: 'news'; news: StreamNews }
  | { type: 'left'; why: WhyLeft };

export function reduceBooth(state: BoothLife, event: BoothEvent): BoothLife {
  switch (event.type) {
    case 'checking':
      return { phase: 'checking' };
    case 'check-failed':
      return { phase: 'unknown', message: event.message };
    case 'none':
      return { phase: 'none', problem: null };
    case 'opening':
      return { phase: 'opening' };
    case 'refused':
      return { phase: 'none', problem: event.message };
    case 'camera-live':
      return { phase: 'camera-live' };
    case 'entered':
      return { phase: 'in', entered: event.entered };
    default:
      return state.phase === 'in' ? within(state.entered, event) : state;
  }
}

type Within = Extract<BoothEvent, { type: 'looked' | 'mix' | 'stream' | 'news' | 'left' }>;

function within(entered: Entered, event: Within): BoothLife {
  switch (event.type) {
    case 'looked':
      if (event.found.mix.id !== entered.mix.id) return { phase: 'left', stream: entered.stream, why: 'ended' };
      return { phase: 'in', entered: { ...entered, mix: event.found.mix, stream: event.found.stream } };
    case 'mix':
      return { phase: 'in', entered: { ...entered, mix: event.mix } };
    case 'stream': {
      if (event.stream.status === 'ended') return { phase: 'left', stream: event.stream, why: 'ended' };
      const mix = { ...entered.mix, onAir: event.stream.status === 'live' };
      return { phase: 'in', entered: { ...entered, mix, stream: event.stream } };
    }
    case 'news':
      return heard(entered, event.news);
    case 'left':
      return { phase: 'left', stream: entered.stream, why: event.why };
  }
}

function heard(entered: Entered, news: StreamNews): BoothLife {
  if (news.streamId !== entered.stream.id) return { phase: 'in', entered };
  const stream: Stream = {
    ...entered.stream,
    viewerCount: news.viewerCount,
    peakViewers: Math.max(entered.stream.peakViewers, news.viewerCount),
    mediaState: news.mediaState as Stream['mediaState'],
    endedReason: news.endedReason,
  };
  if (news.status !== 'ended') return { phase: 'in', entered: { ...entered, stream } };
  return { phase: 'left', stream: { ...stream, status: 'ended' }, why: 'ended' };
}
