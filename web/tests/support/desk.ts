import type { Command, Deck, Desk, DeskPort, Pad } from '@/lib/mix/desk-port';

export function deckWith(changes: Partial<Deck> = {}): Deck {
  return {
    track: null,
    loading: false,
    problem: null,
    playing: false,
    ended: false,
    lengthFrames: 0,
    cueFrame: 0,
    hotCues: Array<null>(8).fill(null),
    loop: null,
    looping: false,
    synced: false,
    keyLock: true,
    keyShift: 0,
    slip: false,
    quantize: true,
    reverse: false,
    pitch: 0,
    pitchRange: 0.08,
    bend: 0,
    trimDb: 0,
    eq: [0, 0, 0],
    filter: 0,
    fader: 1,
    side: 1,
    listen: false,
    effect: { kind: 0, mix: 0, amount: 0.5, beats: 1 },
    ...changes,
  };
}

export function padWith(changes: Partial<Pad> = {}): Pad {
  return { track: null, loading: false, problem: null, playing: false, db: 0, loop: false, ...changes };
}

export function deskWith(changes: Partial<Desk> = {}): Desk {
  return {
    streamId: 's1',
    revision: 1,
    onAir: false,
    leader: null,
    decks: [deckWith({ side: 0 }), deckWith({ side: 2 })],
    pads: Array.from({ length: 8 }, () => padWith()),
    samplerDb: 0,
    masterEffect: { kind: 0, mix: 0, amount: 0.5, beats: 1 },
    crossfader: 0,
    curve: 0,
    hamster: false,
    masterDb: 0,
    headphones: { blend: 0, split: false, db: 0 },
    microphone: { on: false, db: 0 },
    talkover: { depthDb: -12, thresholdDb: -40 },
    recording: false,
    recordingSince: null,
    autoDj: { on: false, reason: null, nextEntryId: null },
    devices: [],
    acks: {},
    ...changes,
  };
}

/** A desk that keeps what it was asked for; `desk` is what it shows. */
export class RecordingDesk implements DeskPort {
  readonly sent: Command[] = [];
  readonly loads: [number, string | null][] = [];
  readonly padLoads: [number, string | null][] = [];
  readonly #listeners = new Set<() => void>();
  #desk: Desk | null;

  constructor(desk: Desk | null = deskWith()) {
    this.#desk = desk;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): Desk | null => this.#desk;

  become(desk: Desk | null): void {
    this.#desk = desk;
    for (const listener of this.#listeners) listener();
  }

  send(command: Command): void {
    this.sent.push(command);
  }

  load(deck: number, trackId: string | null): Promise<void> {
    this.loads.push([deck, trackId]);
    return Promise.resolve();
  }

  loadPad(pad: number, trackId: string | null): Promise<void> {
    this.padLoads.push([pad, trackId]);
    return Promise.resolve();
  }

  playhead(): { frame: number; rate: number; beat: number } {
    return { frame: 48_000, rate: 0, beat: 2 };
  }
}
