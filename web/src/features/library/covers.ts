import { getCover } from '@/api/library/get-cover';

const MAX_KEPT = 200;
const PARALLEL = 4;

/** Covers by track, fetched a few at a time; of those no longer shown the least used go first. */
class Covers {
  readonly #urls = new Map<string, string>();
  readonly #shown = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  find(trackId: string): string | null {
    return this.#urls.get(trackId) ?? null;
  }

  /** Says that a cover is shown; returns what ends that. */
  show(trackId: string): () => void {
    this.#shown.set(trackId, (this.#shown.get(trackId) ?? 0) + 1);
    return () => {
      const left = (this.#shown.get(trackId) ?? 1) - 1;
      if (left === 0) this.#shown.delete(trackId);
      else this.#shown.set(trackId, left);
    };
  }

  /** An object URL of the picture. Rejects when there is none, or `signal` fires. */
  async fetch(trackId: string, signal: AbortSignal): Promise<string> {
    if (this.#running >= PARALLEL) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      signal.throwIfAborted();
      const known = this.#urls.get(trackId);
      if (known !== undefined) return known;
      const url = URL.createObjectURL(await getCover(trackId, signal));
      this.#urls.set(trackId, url);
      this.#prune();
      return url;
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** The picture has been replaced. */
  forget(trackId: string): void {
    const url = this.#urls.get(trackId);
    if (url !== undefined) URL.revokeObjectURL(url);
    this.#urls.delete(trackId);
  }

  #prune(): void {
    for (const trackId of this.#urls.keys()) {
      if (this.#urls.size <= MAX_KEPT) return;
      if (!this.#shown.has(trackId)) this.forget(trackId);
    }
  }
}

export const covers = new Covers();
