import type { ScheduleWishes } from '@/api/schedule/types';
import type { Stream } from '@/api/types';
import { fromLocalField, toLocalField } from '@/lib/dates';

/** What stands in the form. */
export interface Draft {
  title: string;
  description: string;
  /** As a field of type datetime-local has it. */
  startsAt: string;
  record: boolean;
}

const HOUR_MS = 3_600_000;

/** An empty form, with the next full hour that is at least an hour away. */
export function emptyDraft(nowMs: number): Draft {
  const full = Math.ceil((nowMs + HOUR_MS) / HOUR_MS) * HOUR_MS;
  return { title: '', description: '', startsAt: toLocalField(new Date(full).toISOString()), record: true };
}

/** What is announced, to be changed. Whether it is recorded is not told: it stays as it is unless it is said. */
export function draftOf(stream: Stream): Omit<Draft, 'record'> {
  return {
    title: stream.title,
    description: stream.description ?? '',
    startsAt: stream.scheduledFor === null ? '' : toLocalField(stream.scheduledFor),
  };
}

/** What is wrong with it, by field; nothing when it can be sent. */
export function problemsOf(draft: Omit<Draft, 'record'>, nowMs: number): { title?: string; startsAt?: string } {
  const startsAt = fromLocalField(draft.startsAt);
  return {
    ...(draft.title.trim() === '' && { title: 'Give your stream a title.' }),
    ...(startsAt === null
      ? { startsAt: 'Say on which day and at what time it begins.' }
      : Date.parse(startsAt) <= nowMs && { startsAt: 'That is over already.' }),
  };
}

/** Raises when `startsAt` is none: `problemsOf` comes first. */
export function wishesOf(draft: Omit<Draft, 'record'>): Omit<ScheduleWishes, 'record'> {
  const startsAt = fromLocalField(draft.startsAt);
  if (startsAt === null) throw new Error(`not a time: ${draft.startsAt}`);
  return { title: draft.title.trim(), description: draft.description.trim(), startsAt };
}
