import { channelControls } from './channel-controls';
import type { Control } from './control';
import { transportControls } from './deck-controls';
import { DESK_CONTROLS } from './desk-controls';

const DECKS = 4;

/** Every control there is, deck by deck, then the mixer and the library. */
export const CONTROLS: readonly Control[] = [
  ...Array.from({ length: DECKS }, (_, index) => [...transportControls(index), ...channelControls(index)]).flat(),
  ...DESK_CONTROLS,
];

const byId = new Map(CONTROLS.map((control) => [control.id, control]));

export function findControl(id: string): Control | null {
  return byId.get(id) ?? null;
}

/** The attribute by which an element on the screen says which control it is, so that it can be learned by touching it. */
export const CONTROL_ATTRIBUTE = 'data-control';
