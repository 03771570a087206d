/** The desk of the booth one stands in, as any part of the page may reach it: booth, library, keyboard, controllers. */
import { createContext, use, useCallback, useSyncExternalStore } from 'react';

import type { Command } from './commands';
import type { Desk } from './desk';

export type { Command } from './commands';
export type { Deck, DeckTrack, Desk, Pad } from './desk';

/** The type under which a dragged track carries its id. */
export const TRACK_DRAG_TYPE = 'application/x-nrs-track';

/** Where a deck is in what is heard now. */
export interface Playhead {
  /** Frames of the track at 48 kHz. */
  frame: number;
  /** Frames of the track per frame heard; negative in reverse, 0 while stopped. */
  rate: number;
  /** Counted from the first downbeat of the grid. */
  beat: number;
}

export interface DeskPort {
  /** Calls `listener` after each change of the desk; returns what ends that. */
  readonly subscribe: (listener: () => void) => () => void;
  /** The desk as it should be shown: the mixer's, with what was touched here and is not yet confirmed. */
  readonly getSnapshot: () => Desk | null;
  /** Asks for something. It is shown at once, sent until acknowledged, and taken back when refused. */
  send(command: Command): void;
  /** Puts a track on a deck, or ejects with null. Rejects with ApiError. */
  load(deck: number, trackId: string | null): Promise<void>;
  /** The same for a pad of the sampler. */
  loadPad(pad: number, trackId: string | null): Promise<void>;
  /** Null while nothing is known of the deck. */
  playhead(deck: number): Playhead | null;
}

/** Null outside a booth. */
export const DeskContext = createContext<DeskPort | null>(null);

/** The desk one may play on; null where there is none (the library without a booth). */
export function useDeskPort(): DeskPort | null {
  return use(DeskContext);
}

const nothing = (): (() => void) => () => undefined;

/**
 * A part of the desk; renders again when that part changes. Parts that stay equal stay the same object, so `select`
 * may return any part of it, but must not build a new object. Undefined without a desk.
 */
export function useDesk<T>(select: (desk: Desk) => T): T | undefined {
  const port = use(DeskContext);
  const read = useCallback((): T | undefined => {
    const desk = port?.getSnapshot();
    return desk ? select(desk) : undefined;
  }, [port, select]);
  return useSyncExternalStore(port?.subscribe ?? nothing, read);
}
