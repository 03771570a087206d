import { useEffect, useEffectEvent } from 'react';

type Paint = (nowMs: number) => void;

const painters = new Set<Paint>();
let request = 0;

/** One loop for everything that moves: it runs while there is something to paint and the page is seen. */
function turn(nowMs: number): void {
  request = painters.size > 0 ? requestAnimationFrame(turn) : 0;
  for (const paint of painters) paint(nowMs);
}

/** Calls `paint` before each frame of the screen. */
export function useFrames(paint: Paint): void {
  const latest = useEffectEvent(paint);
  useEffect(() => {
    const painter: Paint = (nowMs) => latest(nowMs);
    painters.add(painter);
    if (request === 0) request = requestAnimationFrame(turn);
    return () => {
      painters.delete(painter);
    };
  }, []);
}
