/** Times as they are written for people, in their own zone. */

const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** "Mar 3, 2026", of an RFC 3339 time. */
export function formatDay(time: string): string {
  return day.format(Date.parse(time));
}

/** "Tue, Mar 3, 20:00". */
export function formatMoment(time: string): string {
  return moment.format(Date.parse(time));
}

/** What a field of type datetime-local shows of an RFC 3339 time: "2026-03-03T20:00" in the zone of the viewer. */
export function toLocalField(time: string): string {
  const date = new Date(time);
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  return (
    `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}` +
    `T${pad(date.getHours())}:${pad(date.getMinutes())}`
  );
}

/** The RFC 3339 time in UTC of what such a field holds; null when it holds none. */
export function fromLocalField(value: string): string | null {
  // ECMAScript: a date and time without a zone is one of the viewer's zone.
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** The zone that times are shown in: "Europe/Berlin". */
export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** 50 → "50 s", 3700 → "1 h 1 min", 200_000 → "2 days 7 h": how long until something, as a countdown says it. */
export function formatUntil(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
  const days = Math.floor(hours / 24);
  return `${days} ${days === 1 ? 'day' : 'days'}${hours % 24 === 0 ? '' : ` ${hours % 24} h`}`;
}
