import { fileRefusal } from './audio-file';
import { Speed } from './speed';
import type { Transfer, Transfers, Unfinished } from './transfer';

export type UploadState = 'waiting' | 'sending' | 'paused' | 'failed' | 'refused' | 'done';

/** A file and how far it is. */
export interface Upload {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  readonly state: UploadState;
  readonly bytesPerSecond: number | null;
  readonly remainingS: number | null;
  /** Why it failed or was refused, fit to be shown. */
  readonly problem: string | null;
}

export interface UploadList {
  readonly uploads: readonly Upload[];
  /** Those of an earlier page, which go on when the same file is chosen again. */
  readonly unfinished: readonly Unfinished[];
}

const PARALLEL = 2;
/** When so many are listed, further files are not taken, and `add` says how many. */
export const MAX_LISTED = 200;

interface Entry {
  upload: Upload;
  transfer: Transfer;
  speed: Speed;
}

/** Told of each file that is there; the track's id when it is known. */
export type DoneListener = (trackId: string | null) => void;

/** Sends files, two at a time, in the order in which they were added. */
export class UploadQueue {
  readonly #transfers: Transfers;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #doneListeners = new Set<DoneListener>();
  /** What is left of the DJ's storage, null when unknown: the platform is then the one to say. */
  freeBytes: number | null = null;
  #entries: Entry[] = [];
  #list: UploadList = { uploads: [], unfinished: [] };
  #lastId = 0;

  constructor(transfers: Transfers, now: () => number = () => performance.now()) {
    this.#transfers = transfers;
    this.#now = now;
    this.#readUnfinished();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): UploadList => this.#list;

  readonly onDone = (listener: DoneListener): (() => void) => {
    this.#doneListeners.add(listener);
    return () => this.#doneListeners.delete(listener);
  };

  /** Whether leaving the page would break something off. */
  get isBusy(): boolean {
    return this.#entries.some(({ upload }) => upload.state === 'sending' || upload.state === 'waiting');
  }

  /** Takes files up; answers with how many had no place. Those that cannot become tracks are listed as refused. */
  add(files: Iterable<File>): number {
    let turnedAway = 0;
    for (const file of files) {
      if (this.#entries.length >= MAX_LISTED) {
        turnedAway += 1;
        continue;
      }
      const problem = fileRefusal(file, this.#roomBytes());
      this.#entries.push(this.#entry(file, problem));
    }
    this.#startNext();
    this.#tell();
    return turnedAway;
  }

  pause(id: number): void {
    this.#with(id, ['sending', 'waiting'], (entry) => {
      entry.transfer.pause();
      this.#change(entry, { state: 'paused', bytesPerSecond: null, remainingS: null });
    });
  }

  /** Goes on with what is paused, or tries what failed again. */
  resume(id: number): void {
    this.#with(id, ['paused', 'failed'], (entry) => this.#change(entry, { state: 'waiting', problem: null }));
  }

  /** Takes it off the list; what was sent of it is forgotten, here and at the platform. */
  remove(id: number): void {
    this.#with(id, ['waiting', 'sending', 'paused', 'failed', 'refused', 'done'], (entry) => {
      this.#entries = this.#entries.filter((other) => other !== entry);
      if (entry.upload.state === 'done' || entry.upload.state === 'refused') return;
      // What the platform still holds lapses by itself when this does not reach it.
      void entry.transfer.discard().catch(() => undefined);
    });
  }

  clearFinished(): void {
    this.#entries = this.#entries.filter(({ upload }) => upload.state !== 'done' && upload.state !== 'refused');
    this.#tell();
  }

  forget(key: string): void {
    void this.#transfers.forget(key).then(() => this.#readUnfinished());
  }

  /** Halts everything, keeping what was sent; for when somebody else signs in. */
  dispose(): void {
    for (const { transfer, upload } of this.#entries) {
      if (upload.state === 'sending') transfer.pause();
    }
    this.#entries = [];
    this.#tell();
    this.#listeners.clear();
    this.#doneListeners.clear();
  }

  #roomBytes(): number | null {
    const free = this.freeBytes;
    if (free === null) return null;
    const waiting = this.#entries.filter(({ upload }) => ['waiting', 'sending', 'paused'].includes(upload.state));
    return free - waiting.reduce((sum, { upload }) => sum + upload.size, 0);
  }

  #entry(file: File, problem: string | null): Entry {
    this.#lastId += 1;
    const upload: Upload = {
      id: this.#lastId,
      name: file.name,
      size: file.size,
      sent: 0,
      state: problem === null ? 'waiting' : 'refused',
      bytesPerSecond: null,
      remainingS: null,
      problem,
    };
    const entry: Entry = {
      upload,
      speed: new Speed(),
      transfer: this.#transfers.open(file, {
        onProgress: (sent) => this.#progress(entry, sent),
        onDone: (trackId) => {
          this.#change(entry, { state: 'done', sent: file.size, bytesPerSecond: null, remainingS: null });
          for (const listener of this.#doneListeners) listener(trackId);
          this.#startNext();
          this.#readUnfinished();
        },
        onFailed: (message, isFinal) => {
          this.#change(entry, {
            state: isFinal ? 'refused' : 'failed',
            problem: message,
            bytesPerSecond: null,
            remainingS: null,
          });
          this.#startNext();
        },
      }),
    };
    return entry;
  }

  #progress(entry: Entry, sent: number): void {
    if (entry.upload.state !== 'sending') return;
    entry.speed.mark(sent, this.#now());
    this.#change(entry, {
      sent,
      bytesPerSecond: entry.speed.bytesPerSecond,
      remainingS: entry.speed.remainingS(entry.upload.size - sent),
    });
  }

  #startNext(): void {
    let sending = this.#entries.filter(({ upload }) => upload.state === 'sending').length;
    for (const entry of this.#entries) {
      if (sending >= PARALLEL) return;
      if (entry.upload.state !== 'waiting') continue;
      sending += 1;
      entry.speed = new Speed();
      this.#change(entry, { state: 'sending' });
      entry.transfer.start();
    }
  }

  #with(id: number, states: UploadState[], act: (entry: Entry) => void): void {
    const entry = this.#entries.find(({ upload }) => upload.id === id);
    if (entry === undefined || !states.includes(entry.upload.state)) return;
    act(entry);
    this.#startNext();
    this.#tell();
  }

  #change(entry: Entry, changes: Partial<Upload>): void {
    entry.upload = { ...entry.upload, ...changes };
    this.#tell();
  }

  #readUnfinished(): void {
    void this.#transfers.unfinished().then((unfinished) => {
      this.#list = { ...this.#list, unfinished };
      this.#tell();
    });
  }

  #tell(): void {
    const listed = new Set(this.#entries.map(({ upload }) => `${upload.name} ${upload.size}`));
    this.#list = {
      uploads: this.#entries.map(({ upload }) => upload),
      unfinished: this.#list.unfinished.filter(({ name, size }) => !listed.has(`${name} ${size}`)),
    };
    for (const listener of this.#listeners) listener();
  }
}
