/** What a transfer tells while it runs. After `done` or `failed` it tells nothing more. */
export interface TransferEvents {
  /** Bytes that have left; the platform may not have them all yet. */
  onProgress: (sentBytes: number) => void;
  /** Everything is there. The track's id when the platform told it. */
  onDone: (trackId: string | null) => void;
  /** It gave up. `message` is fit to be shown; `isFinal` says that trying again would not help. */
  onFailed: (message: string, isFinal: boolean) => void;
}

/** One file on its way. */
export interface Transfer {
  /** Begins, or goes on where it was. */
  start: () => void;
  /** Halts; what was sent is kept. */
  pause: () => void;
  /** Halts for good, and has the platform forget what was sent. */
  discard: () => Promise<void>;
}

/** A file that was on its way when the page went: it goes on when the same file is chosen again. */
export interface Unfinished {
  key: string;
  name: string;
  size: number;
}

export interface Transfers {
  open: (file: File, events: TransferEvents) => Transfer;
  unfinished: () => Promise<Unfinished[]>;
  forget: (key: string) => Promise<void>;
}
