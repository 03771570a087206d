import type { Command } from './commands';
import { sharing, type Desk } from './desk';
import { foresee } from './foresee';

/** The desk as the mixer last said it, under what was asked here since. */
export class DeskStore {
  readonly #listeners = new Set<() => void>();
  #confirmed: Desk | null = null;
  #shown: Desk | null = null;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): Desk | null => this.#shown;

  confirm(desk: Desk, pending: readonly Command[]): void {
    this.#confirmed = desk;
    this.show(pending);
  }

  /** Shows the mixer's desk with `pending` on it. */
  show(pending: readonly Command[]): void {
    if (this.#confirmed === null) return;
    const next = sharing(this.#shown, pending.reduce(foresee, this.#confirmed));
    if (next === this.#shown) return;
    this.#shown = next;
    for (const listener of this.#listeners) listener();
  }
}
