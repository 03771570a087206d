/** The shapes of the platform's answers, as ARCHITECTURE.md states them. */
import type { PublishGrant } from '@/lib/whip';
import type { WatchGrant } from '@/lib/whep';

export type { PublishGrant, WatchGrant };

export type CreatorType = 'dj' | 'performer';
export type StreamStatus = 'scheduled' | 'live' | 'ended';
export type MediaState = 'waiting' | 'live' | 'interrupted' | 'ended';
/** How the media come to us. */
export type IngestProtocol = 'whip' | 'rtmp' | 'rtmps' | 'srt' | 'mix';

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
  /** When a stream that is announced is to begin. */
  scheduledFor: string | null;
  /** The recording of it, when there is one that one may see. */
  replayId: string | null;
  /** Null while nothing arrives. */
  ingest: IngestProtocol | null;
}

export interface Paged<Item> {
  items: Item[];
  pagination: { total: number; page: number; perPage: number; totalPages: number };
}

export interface StreamPage {
  streams: Stream[];
  total: number;
  page: number;
  perPage: number;
}
