import type { Command, Desk, Playhead } from '../mix/desk-port';

/** What the library can be asked for from keys and controllers. */
export type LibraryRequest =
  | { library: 'move'; steps: number }
  /** `deck` null: the free one. */
  | { library: 'load'; deck: number | null }
  | { library: 'queue' }
  | { library: 'search' };

export type Wish = Command | LibraryRequest;

export type ControlGroup = 'Deck 1' | 'Deck 2' | 'Deck 3' | 'Deck 4' | 'Mixer' | 'Library';

/** A control of the desk as hardware sees it: something to press, to set or to turn. Pure: it answers with wishes. */
export interface Control {
  /** Stable: keyboard maps, stored MIDI maps and `data-control` on the screen name it. */
  readonly id: string;
  readonly label: string;
  readonly group: ControlGroup;
  readonly press?: (desk: Desk) => Wish[];
  /** For what lasts as long as it is held. */
  readonly release?: (desk: Desk) => Wish[];
  readonly range?: Range;
  /** Endless turning, in steps of one detent; positive is clockwise. */
  readonly turn?: (desk: Desk, steps: number, playhead: Playhead | null) => Wish[];
  readonly isLit?: (desk: Desk) => boolean;
}

/** Something that has a place between two ends. */
export interface Range {
  /** 0 to 1; null while there is nothing to move. */
  readonly read: (desk: Desk) => number | null;
  readonly write: (desk: Desk, value: number) => Wish[];
  /** Where it rests, 0 to 1. */
  readonly rest: number;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** A value from `low` to `high` as 0 to 1. */
export function toUnit(value: number, low: number, high: number): number {
  return clamp((value - low) / (high - low), 0, 1);
}

/** The inverse of `toUnit`. */
export function fromUnit(value: number, low: number, high: number): number {
  return low + clamp(value, 0, 1) * (high - low);
}
