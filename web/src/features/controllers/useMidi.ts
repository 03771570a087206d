import { useEffect, useMemo, useSyncExternalStore } from 'react';

import { browserMidi, MidiDevices, type MidiState } from '@/lib/controls/midi/devices';
import type { ControlSurface } from '@/lib/controls/surface';
import { readStored, writeStored } from '@/lib/stored';

const WANTED = 'midi';

export interface Midi {
  devices: MidiDevices;
  state: MidiState;
}

/** The controllers of this computer; taken up without asking again where they were wanted before. */
export function useMidi(surface: ControlSurface): Midi {
  const devices = useMemo(() => new MidiDevices(surface, browserMidi()), [surface]);
  const state = useSyncExternalStore(devices.subscribe, devices.getSnapshot);
  useEffect(() => {
    if (readStored(WANTED) === 'yes') void devices.open();
    return () => devices.close();
  }, [devices]);
  const { access } = state;
  useEffect(() => {
    if (access === 'granted') writeStored(WANTED, 'yes');
    else if (access === 'refused') writeStored(WANTED, 'no');
  }, [access]);
  return { devices, state };
}
