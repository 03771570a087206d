/** A message of a control surface (MIDI 1.0 detailed specification, channel voice messages). */
export type MidiMessage =
  /** `value` is the velocity, 0 for a key let go. */
  | { kind: 'note'; channel: number; number: number; value: number }
  | { kind: 'cc'; channel: number; number: number; value: number }
  /** 14 bits; `number` is always 0. */
  | { kind: 'pitch'; channel: number; number: number; value: number };

export type MidiKind = MidiMessage['kind'];

/** Reads one message; null for what no control sends. Channels and numbers count from 0. */
export function readMessage(bytes: Uint8Array | readonly number[]): MidiMessage | null {
  const [status, first, second] = bytes;
  if (status === undefined || first === undefined || second === undefined) return null;
  if (first > 0x7f || second > 0x7f) return null;
  const channel = status & 0x0f;
  switch (status & 0xf0) {
    case 0x80:
      return { kind: 'note', channel, number: first, value: 0 };
    case 0x90:
      return { kind: 'note', channel, number: first, value: second };
    case 0xb0:
      return { kind: 'cc', channel, number: first, value: second };
    case 0xe0:
      return { kind: 'pitch', channel, number: 0, value: first | (second << 7) };
    default:
      return null;
  }
}

/** What turns the light behind a note on or off. */
export function noteBytes(channel: number, number: number, velocity: number): number[] {
  return [0x90 | channel, number, velocity];
}
