/** The shape of a recorded stream, as ARCHITECTURE.md states it. */
export type ReplayState = 'recording' | 'ready' | 'failed';
export type Visibility = 'public' | 'private';

export interface Chapter {
  atS: number;
  title: string;
}

export interface Replay {
  id: string;
  streamId: string;
  creatorId: string;
  creatorName: string;
  title: string;
  description: string | null;
  state: ReplayState;
  visibility: Visibility;
  startedAt: string;
  endedAt: string | null;
  durationS: number;
  bytes: number;
  thumbnailUrl: string | null;
  renditions: { name: string; width: number; height: number }[];
  chapters: Chapter[];
  /** When it is deleted by itself; null for never. */
  keepUntil: string | null;
}
