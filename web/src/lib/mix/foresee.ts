import { MASTER_SLOT, type Command, type DeckCommand } from './commands';
import type { Deck, Desk, Effect, Pad } from './desk';

/**
 * The desk as it will be once the mixer has taken `command`, as far as that can be told from here. What the mixer
 * decides, such as where a loop begins, is left for it to say.
 */
export function foresee(desk: Desk, command: Command): Desk {
  switch (command.command) {
    case 'SetLeader':
      return { ...desk, leader: command.deck };
    case 'SetEffect':
      return withEffect(desk, command.slot, {
        kind: command.kind,
        mix: command.mix,
        amount: command.amount,
        beats: command.beats,
      });
    case 'MoveCrossfader':
      return { ...desk, crossfader: command.position };
    case 'SetCrossfaderCurve':
      return { ...desk, curve: command.curve, hamster: command.hamster };
    case 'SetMaster':
      return { ...desk, masterDb: command.db };
    case 'SetHeadphones':
      return { ...desk, headphones: { blend: command.blend, split: command.split, db: command.db } };
    case 'SetMicrophone':
      return { ...desk, microphone: { on: command.on, db: command.db } };
    case 'SetTalkover':
      return { ...desk, talkover: { depthDb: command.depth_db, thresholdDb: command.threshold_db } };
    case 'SetRecording':
      return { ...desk, recording: command.on };
    case 'PlaySample':
      return withPad(desk, command.pad, (pad) => (pad.track === null ? pad : { ...pad, playing: true }));
    case 'StopSample':
      return withPad(desk, command.pad, (pad) => ({ ...pad, playing: false }));
    case 'SetSample':
      return withPad(desk, command.pad, (pad) => ({ ...pad, db: command.db, loop: command.loop }));
    case 'SetSampler':
      return { ...desk, samplerDb: command.db };
    case 'SetAutoDj':
      return { ...desk, autoDj: { ...desk.autoDj, on: command.on, reason: command.on ? 'asked' : null } };
    default:
      return withDeck(desk, command.deck, (deck) => ({ ...deck, ...changes(deck, command) }));
  }
}

function withDeck(desk: Desk, index: number, change: (deck: Deck) => Deck): Desk {
  return { ...desk, decks: desk.decks.map((deck, at) => (at === index ? change(deck) : deck)) };
}

function withPad(desk: Desk, index: number, change: (pad: Pad) => Pad): Desk {
  return { ...desk, pads: desk.pads.map((pad, at) => (at === index ? change(pad) : pad)) };
}

function withEffect(desk: Desk, slot: number, effect: Effect): Desk {
  if (slot === MASTER_SLOT) return { ...desk, masterEffect: effect };
  return withDeck(desk, slot, (deck) => ({ ...deck, effect }));
}

function changes(deck: Deck, command: DeckCommand): Partial<Deck> {
  switch (command.command) {
    case 'SetBeatGrid':
      return deck.track === null
        ? {}
        : { track: { ...deck.track, bpm: command.bpm, gridFrame: command.grid_frame } };
    case 'Play':
      return deck.track === null || command.at_beat !== undefined ? {} : { playing: command.playing };
    case 'SetHotCue':
      return typeof command.frame === 'number' ? { hotCues: replaced(deck.hotCues, command.number, command.frame) } : {};
    case 'ClearHotCue':
      return { hotCues: replaced(deck.hotCues, command.number, null) };
    case 'SetSlip':
      return { slip: command.on };
    case 'SetQuantize':
      return { quantize: command.on };
    case 'SetReverse':
      return { reverse: command.on };
    case 'SetSync':
      return { synced: command.on };
    case 'SetKeyLock':
      return { keyLock: command.on };
    case 'SetListen':
      return { listen: command.on };
    case 'SetPitch':
      return { pitch: command.position };
    case 'SetPitchRange':
      return { pitchRange: command.range };
    case 'Brake':
      return { playing: false };
    case 'SpinUp':
      return deck.track === null ? {} : { playing: true };
    case 'Bend':
      return { bend: command.amount };
    case 'SetLooping':
      return deck.loop === null ? {} : { looping: command.on };
    case 'SetKeyShift':
      return { keyShift: command.semitones };
    case 'SetTrim':
      return { trimDb: command.db };
    case 'SetEqualiser': {
      const eq: Deck['eq'] = [...deck.eq];
      eq[command.band] = command.position;
      return { eq };
    }
    case 'SetFilter':
      return { filter: command.position };
    case 'SetFader':
      return { fader: command.position };
    case 'SetSide':
      return { side: command.side };
    default:
      return {};
  }
}

function replaced<T>(values: readonly T[], index: number, value: T): T[] {
  return values.map((old, at) => (at === index ? value : old));
}
