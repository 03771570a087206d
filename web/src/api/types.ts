/** The shapes of the platform's answers, as ARCHITECTURE.md states them. */
import type { PublishGrant } from '@/lib/whip';
import type { WatchGrant } from '@/lib/whep';

export type { PublishGrant, WatchGrant };

export type CreatorType = 'dj' | 'performer';
export type StreamStatus = 'scheduled' | 'live' | 'ended';
export type MediaState = 'waiting' | 'live' | 'interrupted' | 'ended';

export interface Stream {
  id: string;
  creatorId: string;
  creatorType: CreatorType;
  creatorName: string;
  title: string;
  description: string | null;
  thumbnailUrl: string | null;
  /** RFC 3339, UTC. */
  startTime: string;
  endTime: string | null;
  viewerCount: number;
  peakViewers: number;
  status: StreamStatus;
  mediaState: MediaState;
  endedReason: string | null;
}

export interface StreamPage {
  streams: Stream[];
  total: number;
  page: number;
  perPage: number;
}
