import { isRecord } from '../../http';
import { findControl } from '../registry';

import type { MidiKind } from './message';

/**
 * How the values of a message are meant. `button`: pressed above 0 (a note) or from 64 (a controller). `absolute`: 7 bits,
 * or 14 of a pitch wheel. `absolute14`: 14 bits, the lower seven by the controller that is 32 above. The relative ones
 * are endless: `twos` counts 1, 2 … and 127, 126 …; `offset` counts from 64.
 */
export const MODES = ['button', 'absolute', 'absolute14', 'twos', 'offset'] as const;
export type Mode = (typeof MODES)[number];

export interface Binding {
  kind: MidiKind;
  channel: number;
  number: number;
  mode: Mode;
  control: string;
  /** The other way round. */
  isInverted?: boolean;
}

/** What the parts of one model of controller do. */
export interface MidiMap {
  name: string;
  bindings: Binding[];
}

export class InvalidMidiMap extends Error {
  override readonly name = 'InvalidMidiMap';
}

const MAX_BINDINGS = 512;
export const MAX_MAP_CHARS = 200_000;

/** Reads a map from a file or from storage. Raises InvalidMidiMap, and nothing else. */
export function readMidiMap(json: string): MidiMap {
  if (json.length > MAX_MAP_CHARS) throw new InvalidMidiMap('This file is too large for a map.');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new InvalidMidiMap('This file is no JSON.');
  }
  if (!isRecord(value) || typeof value.name !== 'string' || !Array.isArray(value.bindings)) {
    throw new InvalidMidiMap('This file is no map of a controller.');
  }
  if (value.bindings.length > MAX_BINDINGS) throw new InvalidMidiMap(`A map may have ${MAX_BINDINGS} entries.`);
  return { name: value.name.slice(0, 100), bindings: value.bindings.map(readBinding) };
}

export function writeMidiMap(map: MidiMap): string {
  return JSON.stringify(map, null, 2);
}

function readBinding(value: unknown): Binding {
  if (!isRecord(value)) throw new InvalidMidiMap('An entry is none.');
  const { kind, channel, number, mode, control, isInverted } = value;
  if (kind !== 'note' && kind !== 'cc' && kind !== 'pitch') throw new InvalidMidiMap('An entry is of no kind we know.');
  if (!isWithin(channel, 15) || !isWithin(number, 127)) throw new InvalidMidiMap('An entry has a number out of range.');
  const known = MODES.find((one) => one === mode);
  if (known === undefined) throw new InvalidMidiMap('An entry is read in no way we know.');
  if (typeof control !== 'string' || findControl(control) === null) {
    throw new InvalidMidiMap(`There is no control ${String(control)}.`);
  }
  return { kind, channel, number, mode: known, control, ...(isInverted === true && { isInverted }) };
}

function isWithin(value: unknown, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= high;
}

/** The map with `binding` in it, in place of what its message or, for the same message, its control did before. */
export function withBinding(map: MidiMap, binding: Binding): MidiMap {
  const others = map.bindings.filter((other) => !isSameSource(other, binding));
  return { ...map, bindings: [...others, binding] };
}

export function isSameSource(a: Binding, b: Binding): boolean {
  return a.kind === b.kind && a.channel === b.channel && a.number === b.number;
}

/** "Note 11 on channel 1": as a manual would say it. */
export function sourceName({ kind, channel, number }: Pick<Binding, 'kind' | 'channel' | 'number'>): string {
  const what = kind === 'note' ? `Note ${number}` : kind === 'cc' ? `Controller ${number}` : 'Pitch wheel';
  return `${what} on channel ${channel + 1}`;
}
