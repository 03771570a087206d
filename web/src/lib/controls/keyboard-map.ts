import { isRecord } from '../http';

import { findControl } from './registry';

/**
 * A key by its place (KeyboardEvent.code), so that a map plays alike on every layout, and what it does. `steps` is given
 * for controls with a range: each press, and each repetition while held, moves it by so many 64ths.
 */
export interface KeyBinding {
  code: string;
  shift: boolean;
  control: string;
  steps?: number;
}

const key = (code: string, control: string, steps?: number): KeyBinding => ({
  code,
  shift: false,
  control,
  ...(steps !== undefined && { steps }),
});
const shifted = (code: string, control: string, steps?: number): KeyBinding => ({
  ...key(code, control, steps),
  shift: true,
});

const hotCues = (codes: string[], deck: number): KeyBinding[] =>
  codes.flatMap((code, index) => [
    key(code, `deck${deck}.hotcue${index + 1}`),
    shifted(code, `deck${deck}.hotcue${index + 1}_clear`),
  ]);

/**
 * Mixxx's English map where it fits (its manual, "Using a keyboard"): play D and L, cue F and semicolon, sync 1 and 6,
 * loops on 2 to 4 and 7 to 9, halve and double on W E and I O, PFL T and Y, crossfader G and H, talk on the backquote,
 * loading by Shift and an arrow; up and down choose what is loaded, but on a fader, which they move. Its function keys belong to the browser, so bending is on A S and J K, where Mixxx
 * winds; its Q, a loop, queues a track here, so the loop is on R, and U beside it for deck 2. Hot cues of deck 2 begin at
 * N, so that ? (Shift and slash) stays free for help.
 */
export const DEFAULT_KEYS: readonly KeyBinding[] = [
  key('KeyD', 'deck1.play'),
  key('KeyF', 'deck1.cue'),
  key('KeyA', 'deck1.bend_down'),
  key('KeyS', 'deck1.bend_up'),
  shifted('KeyA', 'deck1.jump_back'),
  shifted('KeyS', 'deck1.jump_forward'),
  key('Digit1', 'deck1.sync'),
  key('Digit2', 'deck1.loop_in'),
  key('Digit3', 'deck1.loop_out'),
  key('Digit4', 'deck1.reloop'),
  key('Digit5', 'deck1.effect'),
  key('KeyW', 'deck1.loop_halve'),
  key('KeyE', 'deck1.loop_double'),
  key('KeyR', 'deck1.beatloop'),
  key('KeyT', 'deck1.listen'),
  key('KeyB', 'deck1.kill_low'),
  ...hotCues(['KeyZ', 'KeyX', 'KeyC', 'KeyV'], 1),

  key('KeyL', 'deck2.play'),
  key('Semicolon', 'deck2.cue'),
  key('KeyJ', 'deck2.bend_down'),
  key('KeyK', 'deck2.bend_up'),
  shifted('KeyJ', 'deck2.jump_back'),
  shifted('KeyK', 'deck2.jump_forward'),
  key('Digit6', 'deck2.sync'),
  key('Digit7', 'deck2.loop_in'),
  key('Digit8', 'deck2.loop_out'),
  key('Digit9', 'deck2.reloop'),
  key('Digit0', 'deck2.effect'),
  key('KeyI', 'deck2.loop_halve'),
  key('KeyO', 'deck2.loop_double'),
  key('KeyU', 'deck2.beatloop'),
  key('KeyY', 'deck2.listen'),
  key('Slash', 'deck2.kill_low'),
  ...hotCues(['KeyN', 'KeyM', 'Comma', 'Period'], 2),

  key('KeyG', 'crossfader', -4),
  key('KeyH', 'crossfader', 4),
  shifted('KeyG', 'crossfader', -1),
  shifted('KeyH', 'crossfader', 1),
  key('Backquote', 'microphone'),

  shifted('ArrowLeft', 'deck1.load'),
  shifted('ArrowRight', 'deck2.load'),
  shifted('Digit1', 'deck1.load'),
  shifted('Digit2', 'deck2.load'),
  shifted('Digit3', 'deck3.load'),
  shifted('Digit4', 'deck4.load'),
  shifted('ArrowUp', 'library.browse', -1),
  shifted('ArrowDown', 'library.browse', 1),
  shifted('KeyF', 'library.search'),
  key('KeyQ', 'library.queue'),
];

export class InvalidKeyMap extends Error {
  override readonly name = 'InvalidKeyMap';
}

const MAX_BINDINGS = 512;

/** Reads a map that was stored. Raises InvalidKeyMap, and nothing else. */
export function readKeyMap(json: string): KeyBinding[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new InvalidKeyMap('This is no JSON.');
  }
  if (!Array.isArray(value) || value.length > MAX_BINDINGS) throw new InvalidKeyMap('This is no list of keys.');
  return value.map(readBinding);
}

function readBinding(value: unknown): KeyBinding {
  if (!isRecord(value) || typeof value.code !== 'string' || typeof value.control !== 'string') {
    throw new InvalidKeyMap('A key has no place or no control.');
  }
  if (findControl(value.control) === null) throw new InvalidKeyMap(`There is no control ${value.control}.`);
  const { steps } = value;
  if (steps !== undefined && (typeof steps !== 'number' || !Number.isFinite(steps) || Math.abs(steps) > 64)) {
    throw new InvalidKeyMap(`${value.code} moves by no number.`);
  }
  return {
    code: value.code,
    shift: value.shift === true,
    control: value.control,
    ...(steps !== undefined && { steps }),
  };
}

const NAMES: Record<string, string> = {
  Semicolon: ';',
  Comma: ',',
  Period: '.',
  Slash: '/',
  Backquote: '`',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

/** What is printed on a key of an English keyboard: "KeyD" → "D". */
export function keyName({ code, shift }: Pick<KeyBinding, 'code' | 'shift'>): string {
  const name = NAMES[code] ?? code.replace(/^(Key|Digit)/, '');
  return shift ? `Shift ${name}` : name;
}
