/** The shapes of streams that come from an encoder, and of where they go, as ARCHITECTURE.md states them. */
import type { IngestProtocol } from '../types';

/** What lets an encoder in. The key itself is told once, when it is made. */
export interface StreamKey {
  id: string;
  label: string;
  /** Its last characters. */
  hint: string;
  createdAt: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

export interface KeyWithSecret {
  key: StreamKey;
  secret: string;
}

export interface IngestServer {
  rtmpUrl: string;
  rtmpsUrl: string | null;
  srtUrl: string | null;
}

/** What the next stream from an encoder is to be. */
export interface EncoderWishes {
  title: string;
  description: string;
  record: boolean;
  /** Whether a second encoder with one's key takes over from the first, or is refused. */
  takeOver: boolean;
}

export type HealthLevel = 'good' | 'fair' | 'bad';

export interface Finding {
  code: string;
  level: HealthLevel;
  message: string;
  /** What to change in the encoder; null where there is nothing of the kind. */
  setting: string | null;
}

export interface Health {
  level: HealthLevel;
  bitrateBps: number;
  fps: number;
  /** Seconds between key frames. */
  keyframeS: number;
  findings: Finding[];
}

export interface Rendition {
  name: string;
  codec: string;
  width: number;
  height: number;
  /** What was promised; null where nobody said. */
  bitrateBps: number | null;
  origin: string;
}

export interface RecordingState {
  recordingId: string;
  state: 'recording' | 'behind' | 'no_room';
  seconds: number;
  bytes: number;
}

export interface TargetState {
  state: 'connecting' | 'live' | 'waiting' | 'refused';
  /** Epoch seconds. */
  since: number;
  bitrateBps: number;
  /** Seconds of the stream that it did not get. */
  droppedS: number;
  problem: string | null;
  /** Epoch seconds. */
  retryAt: number | null;
}

/** What the media server tells a creator of a stream. */
export interface StreamHealth {
  health: Health | null;
  ingest: IngestProtocol | null;
  renditions: Rendition[];
  ladder: 'off' | 'on' | 'no_room' | 'not_needed';
  /** Whether it is recorded, or to be when it begins, as its creator switched. */
  record: boolean;
  recording: RecordingState | null;
  targets: Record<string, TargetState>;
}

export type Platform = 'youtube' | 'twitch' | 'facebook' | 'custom';

/** Another platform that gets the stream from us. */
export interface Target {
  id: string;
  platform: Platform;
  label: string;
  url: string;
  /** The last characters of its key, which is never given back. */
  keyHint: string;
  enabled: boolean;
  createdAt: string;
}

export interface TargetWishes {
  platform: Platform;
  label: string;
  /** For custom ones; the others' are known. */
  url?: string;
  key: string;
  enabled: boolean;
}
