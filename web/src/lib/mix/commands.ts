/** What can be asked of a mix: the fields of `mixer/engine/wire.py`, and `SetAutoDj`. Values are absolute. */

/** A beat of the deck `clock` (the leader when absent) on which an action is heard. */
interface OnBeat {
  at_beat?: number;
  clock?: number;
}

type OfDeck<Name extends string, Fields = unknown> = { command: Name; deck: number } & Fields;
type OfDesk<Name extends string, Fields = unknown> = { command: Name } & Fields;

export const EFFECTS = ['None', 'Echo', 'Reverb', 'Flanger', 'Phaser', 'Bitcrush', 'Gate'] as const;
/** The index of a name in EFFECTS. */
export type EffectKind = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export const CURVES = ['Constant power', 'Linear', 'Open', 'Cut'] as const;
/** The index of a name in CURVES. */
export type Curve = 0 | 1 | 2 | 3;

export const SIDES = ['A', 'Thru', 'B'] as const;
/** The index of a name in SIDES. */
export type Side = 0 | 1 | 2;

export const PITCH_RANGES = [0.06, 0.08, 0.1, 0.16, 0.5] as const;

/** The effect slot of the master; a deck's is its own number. */
export const MASTER_SLOT = 4;
export const HOT_CUES = 8;
export const SAMPLE_PADS = 8;
export const SAMPLE_RATE = 48_000;

export type DeckCommand =
  | OfDeck<'SetBeatGrid', { bpm: number; grid_frame: number }>
  | OfDeck<'Play', { playing: boolean } & OnBeat>
  | OfDeck<'PressCue'>
  | OfDeck<'ReleaseCue'>
  | OfDeck<'Seek', { frame: number } & OnBeat>
  | OfDeck<'SetHotCue', { number: number; frame?: number | null }>
  | OfDeck<'ClearHotCue', { number: number }>
  | OfDeck<'JumpToHotCue', { number: number } & OnBeat>
  | OfDeck<'BeatJump', { beats: number }>
  | OfDeck<'SetSlip' | 'SetQuantize' | 'SetReverse' | 'SetSync' | 'SetKeyLock' | 'SetListen', { on: boolean }>
  /** −1 to +1 of the range. */
  | OfDeck<'SetPitch', { position: number }>
  | OfDeck<'SetPitchRange', { range: number }>
  /** 0.04 is 4% faster while held; 0 lets go. */
  | OfDeck<'Bend', { amount: number }>
  | OfDeck<'LoopIn' | 'LoopOut'>
  /** 1/32 to 64. */
  | OfDeck<'BeatLoop', { beats: number }>
  | OfDeck<'LoopRoll', { beats: number | null }>
  | OfDeck<'SetLooping', { on: boolean }>
  | OfDeck<'ScaleLoop', { factor: number }>
  | OfDeck<'MoveLoop', { beats: number }>
  | OfDeck<'SetKeyShift', { semitones: number }>
  | OfDeck<'SetTrim', { db: number }>
  /** Band 0 low, 1 mid, 2 high; −1 (kill) over 0 (flat) to +1 (+12 dB). */
  | OfDeck<'SetEqualiser', { band: number; position: number }>
  /** −1 (low-pass) over 0 (off) to +1 (high-pass). */
  | OfDeck<'SetFilter', { position: number }>
  /** 0 to 1. */
  | OfDeck<'SetFader', { position: number }>
  | OfDeck<'SetSide', { side: Side }>
  /** The platter's motor off or on: at rest, or at full speed, within 0.1 to 10 seconds. */
  | OfDeck<'Brake' | 'SpinUp', { seconds: number }>;

export type DeskCommand =
  | OfDesk<'SetLeader', { deck: number | null }>
  | OfDesk<'SetEffect', { slot: number; kind: EffectKind; mix: number; amount: number; beats: number }>
  /** −1 (A) to +1 (B). */
  | OfDesk<'MoveCrossfader', { position: number }>
  | OfDesk<'SetCrossfaderCurve', { curve: Curve; hamster: boolean }>
  | OfDesk<'SetMaster', { db: number }>
  /** `blend` is 0 (cue) to 1 (master). */
  | OfDesk<'SetHeadphones', { blend: number; split: boolean; db: number }>
  | OfDesk<'SetMicrophone', { on: boolean; db: number }>
  | OfDesk<'SetTalkover', { depth_db: number; threshold_db: number }>
  | OfDesk<'SetRecording', { on: boolean; with_microphone?: boolean }>
  | OfDesk<'PlaySample' | 'StopSample', { pad: number }>
  | OfDesk<'SetSample', { pad: number; db: number; loop: boolean }>
  | OfDesk<'SetSampler', { db: number }>
  | OfDesk<'SetAutoDj', { on: boolean }>;

export type Command = DeckCommand | DeskCommand;

/**
 * Names the control that a continuous command moves: of two in a row for the same one only the newer counts. Null for
 * a command that does something each time.
 */
export function controlOf(command: Command): string | null {
  switch (command.command) {
    case 'SetPitch':
    case 'Bend':
    case 'SetTrim':
    case 'SetFilter':
    case 'SetFader':
    case 'SetKeyShift':
      return `${command.command} ${command.deck}`;
    case 'SetEqualiser':
      return `SetEqualiser ${command.deck} ${command.band}`;
    case 'SetEffect':
      return `SetEffect ${command.slot}`;
    case 'Seek':
      // A jump on a beat is an action; without one it is a finger on its way.
      return command.at_beat === undefined ? `Seek ${command.deck}` : null;
    case 'SetSample':
      return `SetSample ${command.pad}`;
    case 'SetSampler':
    case 'MoveCrossfader':
    case 'SetMaster':
    case 'SetHeadphones':
    case 'SetMicrophone':
    case 'SetTalkover':
      return command.command;
    default:
      return null;
  }
}
