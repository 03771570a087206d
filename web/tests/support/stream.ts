import type { Stream } from '@/api/types';

export function streamWith(changes: Partial<Stream> = {}): Stream {
  return {
    id: 's1',
    creatorId: 'c1',
    creatorType: 'dj',
    creatorName: 'Osk',
    title: 'Warehouse',
    description: null,
    thumbnailUrl: null,
    startTime: '2026-01-01T20:00:00Z',
    endTime: null,
    viewerCount: 1,
    peakViewers: 2,
    status: 'live',
    mediaState: 'live',
    endedReason: null,
    scheduledFor: null,
    replayId: null,
    ingest: 'whip',
    ...changes,
  };
}
