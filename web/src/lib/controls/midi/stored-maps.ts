import { readStored, writeStored } from '../../stored';

import { HERCULES_INPULSE_200 } from './hercules-inpulse-200';
import { InvalidMidiMap, readMidiMap, writeMidiMap, type MidiMap } from './map';
import { PIONEER_DDJ_400 } from './pioneer-ddj-400';

/** Maps that come with us; a device has one when its name contains that of the map. */
export const BUILT_IN: readonly MidiMap[] = [PIONEER_DDJ_400, HERCULES_INPULSE_200];

/** The map of a device: what this browser keeps for it, else ours for its model, else an empty one. */
export function mapFor(device: string): MidiMap {
  const stored = readStored(keyOf(device));
  if (stored !== null) {
    try {
      return readMidiMap(stored);
    } catch (error) {
      // Of an older kind, or damaged: the device begins anew.
      if (!(error instanceof InvalidMidiMap)) throw error;
    }
  }
  const ours = BUILT_IN.find(({ name }) => device.toLowerCase().includes(name.toLowerCase()));
  return { name: device, bindings: ours === undefined ? [] : [...ours.bindings] };
}

export function keepMap(device: string, map: MidiMap): void {
  writeStored(keyOf(device), writeMidiMap(map));
}

function keyOf(device: string): string {
  return `midi.${device}`;
}
