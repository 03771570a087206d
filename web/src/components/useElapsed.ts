import { useEffect, useState } from 'react';

/** Seconds since `start` (RFC 3339), counting; up to `end` when that is given. */
export function useElapsed(start: string, end: string | null = null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (end !== null) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [end]);
  return secondsBetween(start, end === null ? now : Date.parse(end));
}

export function secondsBetween(start: string, endMs: number): number {
  return Math.max(0, (endMs - Date.parse(start)) / 1000);
}
