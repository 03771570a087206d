/** How a control moves: pure arithmetic of what fingers, wheels and keys mean. */
export interface Travel {
  min: number;
  max: number;
  /** What an arrow key moves. */
  step: number;
  /** Where a double click puts it. */
  resetTo: number;
  /** Where it stops for a moment on the way: the middle of an equaliser, mostly. */
  detent?: number;
}

/** Movements with Shift held are finer by this. */
export const FINE = 0.2;
const PAGE = 10;
/** How near the detent, as a part of the range, a movement is held there. */
const DETENT_WIDTH = 0.015;

export function clamped({ min, max }: Travel, value: number): number {
  return Math.min(max, Math.max(min, value));
}

/** The value that a movement to `value` comes to. */
export function settled(travel: Travel, value: number): number {
  const { min, max, detent } = travel;
  const isNear = detent !== undefined && Math.abs(value - detent) < DETENT_WIDTH * (max - min);
  return clamped(travel, isNear ? detent : value);
}

/** The value after a key; null for keys that mean nothing here. */
export function keyed(travel: Travel, value: number, key: string, isFine: boolean): number | null {
  const step = travel.step * (isFine ? FINE : 1);
  switch (key) {
    case 'ArrowUp':
    case 'ArrowRight':
      return clamped(travel, value + step);
    case 'ArrowDown':
    case 'ArrowLeft':
      return clamped(travel, value - step);
    case 'PageUp':
      return clamped(travel, value + step * PAGE);
    case 'PageDown':
      return clamped(travel, value - step * PAGE);
    case 'Home':
      return travel.min;
    case 'End':
      return travel.max;
    case 'Delete':
    case 'Backspace':
      return travel.resetTo;
    default:
      return null;
  }
}

/** 0 to 1 of the way from `min` to `max`. */
export function share({ min, max }: Travel, value: number): number {
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}
