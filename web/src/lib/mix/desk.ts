/** What a mix says of itself, as ARCHITECTURE.md states it. Positions are frames of the track at 48 kHz. */
import { isRecord } from '../http';

import type { Curve, EffectKind, Side } from './commands';

export interface DeckTrack {
  id: string;
  title: string;
  artist: string | null;
  bpm: number | null;
  key: string | null;
  camelot: string | null;
  durationS: number;
  gridFrame: number | null;
}

export interface Effect {
  kind: EffectKind;
  /** 0 to 1, as is `amount`. */
  mix: number;
  amount: number;
  beats: number;
}

export interface Deck {
  track: DeckTrack | null;
  loading: boolean;
  problem: { code: string; message: string } | null;
  playing: boolean;
  ended: boolean;
  lengthFrames: number;
  cueFrame: number;
  hotCues: (number | null)[];
  loop: [number, number] | null;
  looping: boolean;
  synced: boolean;
  keyLock: boolean;
  keyShift: number;
  slip: boolean;
  quantize: boolean;
  reverse: boolean;
  /** The pitch fader, −1 to +1 of `pitchRange`. */
  pitch: number;
  pitchRange: number;
  bend: number;
  trimDb: number;
  eq: [number, number, number];
  filter: number;
  fader: number;
  side: Side;
  listen: boolean;
  effect: Effect;
}

/** A pad of the sampler. */
export interface Pad {
  track: { id: string; title: string } | null;
  loading: boolean;
  problem: { code: string; message: string } | null;
  playing: boolean;
  db: number;
  loop: boolean;
}

export interface Desk {
  streamId: string;
  revision: number;
  onAir: boolean;
  leader: number | null;
  decks: Deck[];
  pads: Pad[];
  samplerDb: number;
  masterEffect: Effect;
  crossfader: number;
  curve: Curve;
  hamster: boolean;
  masterDb: number;
  headphones: { blend: number; split: boolean; db: number };
  microphone: { on: boolean; db: number };
  talkover: { depthDb: number; thresholdDb: number };
  recording: boolean;
  /** Epoch seconds at which what is recorded now began. */
  recordingSince: number | null;
  autoDj: { on: boolean; reason: 'asked' | 'nobody_here' | null; nextEntryId: string | null };
  devices: { device: string; userId: string; name: string }[];
  /** How far each device's commands have been taken. */
  acks: Record<string, number>;
}

/** [position_frames, rate, beat, vu_db, peak_db, clipping] */
export type DeckMoment = [number, number, number, number, number, boolean];

export interface Moment {
  frame: number;
  /** Epoch seconds at which `frame` left the mixer, by its clock. */
  at: number;
  decks: DeckMoment[];
  /** [vu_db, peak_db, clipping] */
  master: [number, number, boolean];
  limitingDb: number;
  microphone: [number, number];
}

export interface Refusal {
  device: string;
  seq: number;
  code: string;
  message: string;
}

export interface Pong {
  device: string;
  ping: unknown;
  /** Epoch seconds by the mixer's clock. */
  at: number;
}

export function isDesk(value: unknown): value is Desk {
  return isRecord(value) && Array.isArray(value.decks) && isRecord(value.acks) && typeof value.crossfader === 'number';
}

export function isMoment(value: unknown): value is Moment {
  return isRecord(value) && Array.isArray(value.decks) && typeof value.at === 'number' && Array.isArray(value.master);
}

export function isRefusal(value: unknown): value is Refusal {
  return isRecord(value) && typeof value.device === 'string' && typeof value.seq === 'number';
}

export function isPong(value: unknown): value is Pong {
  return isRecord(value) && typeof value.device === 'string' && typeof value.at === 'number' && 'ping' in value;
}

/** `next`, with every part that equals that of `last` taken from there, so that who looks at it sees no change. */
export function sharing<T>(last: T, next: T): T {
  if (Object.is(last, next)) return last;
  if (typeof last !== 'object' || typeof next !== 'object' || last === null || next === null) return next;
  if (Array.isArray(last) !== Array.isArray(next)) return next;
  const before = last as Record<string, unknown>;
  const after = next as Record<string, unknown>;
  const keys = Object.keys(after);
  let isSame = keys.length === Object.keys(before).length;
  const merged: Record<string, unknown> = Array.isArray(next) ? ([] as unknown as Record<string, unknown>) : {};
  for (const key of keys) {
    merged[key] = sharing(before[key], after[key]);
    if (!Object.is(merged[key], before[key])) isSame = false;
  }
  return isSame ? last : (merged as T);
}
