import { useState } from 'react';

import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Select } from '@/components/Field';
import { Notice } from '@/components/Notice';
import type { MidiDevices, MidiState } from '@/lib/controls/midi/devices';
import { plural } from '@/lib/format';
import { CONTROLS } from '@/lib/controls/registry';

import styles from './MidiDialog.module.css';
import { MidiMapEditor } from './MidiMapEditor';

interface MidiDialogProps {
  devices: MidiDevices;
  state: MidiState;
  /** Begins to learn: this control, or, with null, the one that is touched next. */
  onLearn: (controlId: string | null) => void;
  onClose: () => void;
}

/** Which controllers there are, and what their parts do. */
export function MidiDialog({ devices, state, onLearn, onClose }: MidiDialogProps) {
  const [shown, setShown] = useState<string | null>(null);
  const device = state.devices.find(({ name }) => name === shown) ?? state.devices[0];
  return (
    <Dialog isOpen title="Controllers" onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      <div className={styles.midi} data-testid="midi-dialog">
        <Access state={state} onOpen={() => void devices.open()} />
        {state.access === 'granted' && device === undefined && (
          <p>No controller is connected. Plug one in: it appears here by itself.</p>
        )}
        {device !== undefined && (
          <>
            {state.devices.length > 1 && (
              <Select label="Controller" value={device.name} onChange={(event) => setShown(event.target.value)}>
                {state.devices.map(({ name }, index) => (
                  <option key={index} value={name}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
            <p>
              <b>{device.name}</b>, {plural(device.map.bindings.length, 'part')} in use.
            </p>
            <div className={styles.learn}>
              <Button kind="primary" size="small" onClick={() => onLearn(null)} data-testid="midi-learn">
                Learn by touch
              </Button>
              <Select
                label="or choose what to learn"
                value=""
                onChange={(event) => {
                  if (event.target.value !== '') onLearn(event.target.value);
                }}
              >
                <option value="">A control</option>
                {CONTROLS.map(({ id, label, group }) => (
                  <option key={id} value={id}>
                    {group}: {label}
                  </option>
                ))}
              </Select>
            </div>
            <MidiMapEditor key={device.name} device={device} onMap={(map) => devices.setMap(device.name, map)} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function Access({ state, onOpen }: { state: MidiState; onOpen: () => void }) {
  switch (state.access) {
    case 'unsupported':
      return (
        <Notice tone="warn" title="This browser plays no controllers">
          <p>Chrome, Edge, Opera and Firefox have Web MIDI; on an address without HTTPS no browser has it.</p>
        </Notice>
      );
    case 'refused':
      return (
        <Notice
          tone="warn"
          title="The browser was told not to"
          actions={
            <Button size="small" onClick={onOpen}>
              Try again
            </Button>
          }
        >
          <p>Allow MIDI devices for this site in the browser’s settings, beside the address.</p>
        </Notice>
      );
    case 'idle':
    case 'asking':
      return (
        <>
          <p>Play the decks with a DJ controller. The browser asks you once whether this site may use it.</p>
          <p>
            <Button kind="primary" busy={state.access === 'asking'} onClick={onOpen} data-testid="midi-allow">
              Use controllers
            </Button>
          </p>
        </>
      );
    case 'granted':
      return null;
  }
}
