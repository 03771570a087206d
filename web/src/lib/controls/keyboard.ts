import { findControl } from './registry';
import type { KeyBinding } from './keyboard-map';
import type { ControlSurface } from './surface';

type Surface = Pick<ControlSurface, 'press' | 'release' | 'turn'>;

/** What of a KeyboardEvent counts. */
export interface Key {
  code: string;
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
  isComposing: boolean;
  defaultPrevented: boolean;
}

/** Plays a surface by keys. Remembers what is held, so that it is let go whatever else changes meanwhile. */
export class Keyboard {
  readonly #surface: Surface;
  readonly #bindings: Map<string, KeyBinding>;
  readonly #held = new Map<string, string>();

  constructor(surface: Surface, bindings: readonly KeyBinding[]) {
    this.#surface = surface;
    this.#bindings = new Map(bindings.map((binding) => [chord(binding.code, binding.shift), binding]));
  }

  /** True when the key was one of ours: the browser should then do nothing with it. */
  down(key: Key): boolean {
    if (key.defaultPrevented || key.isComposing || key.ctrlKey || key.altKey || key.metaKey) return false;
    const binding = this.#bindings.get(chord(key.code, key.shiftKey));
    if (binding === undefined) return false;
    if (binding.steps !== undefined) this.#surface.turn(binding.control, binding.steps);
    else if (!key.repeat && !this.#held.has(key.code)) {
      this.#held.set(key.code, binding.control);
      this.#surface.press(binding.control);
    }
    return true;
  }

  up(code: string): void {
    const control = this.#held.get(code);
    if (control === undefined) return;
    this.#held.delete(code);
    this.#surface.release(control);
  }

  /** For when the page no longer hears the keys go up. */
  releaseAll(): void {
    for (const code of [...this.#held.keys()]) this.up(code);
  }
}

function chord(code: string, shift: boolean): string {
  return shift ? `Shift+${code}` : code;
}

const NOT_TYPED = new Set(['button', 'checkbox', 'color', 'file', 'image', 'radio', 'range', 'reset', 'submit']);

/** Whether a key that goes to `target` writes or chooses something there. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !NOT_TYPED.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** Plays `surface` by the keys that reach `page`, except while somebody types or a dialog is open. Returns what ends it. */
export function playByKeys(page: Window, surface: Surface, bindings: readonly KeyBinding[]): () => void {
  const keyboard = new Keyboard(surface, bindings);
  const down = (event: KeyboardEvent): void => {
    if (isTyping(event.target) || page.document.querySelector('dialog[open]') !== null) return;
    if (keyboard.down(event)) event.preventDefault();
  };
  const up = (event: KeyboardEvent): void => keyboard.up(event.code);
  const leave = (): void => keyboard.releaseAll();
  page.addEventListener('keydown', down);
  page.addEventListener('keyup', up);
  page.addEventListener('blur', leave);
  return () => {
    page.removeEventListener('keydown', down);
    page.removeEventListener('keyup', up);
    page.removeEventListener('blur', leave);
    keyboard.releaseAll();
  };
}

/** What a key is for, for those who ask; null for a control that is not there. */
export function describe(binding: KeyBinding): string | null {
  const control = findControl(binding.control);
  if (control === null) return null;
  if (binding.steps === undefined) return control.label;
  const isLittle = Math.abs(binding.steps) === 1;
  return `${control.label} ${binding.steps < 0 ? 'to the left' : 'to the right'}${isLittle ? ', a little' : ''}`;
}
