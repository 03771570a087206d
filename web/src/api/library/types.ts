/** The shapes of a DJ's library, as ARCHITECTURE.md states them. */
export type TrackStatus = 'processing' | 'ready' | 'held' | 'rejected';

export interface Grid {
  bpm: number;
  firstDownbeatS: number;
}

export interface Track {
  id: string;
  title: string;
  artist: string;
  album: string;
  genre: string;
  year: number | null;
  comment: string;
  /** Where the MP3 can be heard, for a short while; null until it is ready. */
  fileUrl: string | null;
  fileSize: number;
  durationS: number | null;
  /** RFC 3339, UTC. */
  uploadDate: string;
  status: TrackStatus;
  problem: { code: string; message: string } | null;
  bpm: number | null;
  /** 0 to 1; null when the grid was set by hand. */
  bpmConfidence: number | null;
  grid: Grid | null;
  key: string | null;
  camelot: string | null;
  lufs: number | null;
  hasCover: boolean;
  playCount: number;
  lastPlayedAt: string | null;
  crateIds: string[];
}

export interface Paged<Item> {
  items: Item[];
  pagination: { total: number; page: number; perPage: number; totalPages: number };
}

/** A set of tracks without an order. */
export interface Crate {
  id: string;
  name: string;
  trackCount: number;
}

/** Tracks in an order. */
export interface Playlist {
  id: string;
  name: string;
  trackCount: number;
}

export interface QueueEntry {
  id: string;
  track: Track;
}

export interface Played {
  id: string;
  streamId: string;
  streamTitle: string;
  /** Null when the track has been deleted since. */
  trackId: string | null;
  title: string;
  artist: string;
  playedAt: string;
  onAir: boolean;
  byAutoDj: boolean;
}

/** A mix as it was recorded. */
export interface Recording {
  id: string;
  streamId: string;
  streamTitle: string;
  startedAt: string;
  durationS: number;
  bytes: number;
  /** The FLAC; the link lives for an hour. */
  fileUrl: string;
}

export interface StorageUse {
  /** Of tracks. */
  usedBytes: number;
  limitBytes: number;
  recordingsBytes: number;
  recordingsLimitBytes: number;
}
