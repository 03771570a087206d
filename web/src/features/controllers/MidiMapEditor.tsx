import { useRef, useState } from 'react';

import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';
import type { MidiDevice } from '@/lib/controls/midi/devices';
import {
  InvalidMidiMap,
  MAX_MAP_CHARS,
  readMidiMap,
  sourceName,
  writeMidiMap,
  type MidiMap,
} from '@/lib/controls/midi/map';
import { BUILT_IN } from '@/lib/controls/midi/stored-maps';
import { findControl } from '@/lib/controls/registry';

import styles from './MidiMapEditor.module.css';

/** What each part of a controller does: to be turned round, taken away, saved as a file and read from one. */
export function MidiMapEditor({ device, onMap }: { device: MidiDevice; onMap: (map: MidiMap) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const { map } = device;

  const save = (): void => {
    const url = URL.createObjectURL(new Blob([writeMidiMap(map)], { type: 'application/json' }));
    Object.assign(document.createElement('a'), { href: url, download: `${device.name}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  const open = async (file: File): Promise<void> => {
    try {
      if (file.size > MAX_MAP_CHARS) throw new InvalidMidiMap('This file is too large for a map.');
      onMap(readMidiMap(await file.text()));
      setProblem(null);
    } catch (error) {
      if (!(error instanceof InvalidMidiMap)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <>
      <div className={styles.acts}>
        <Button size="small" onClick={save} disabled={map.bindings.length === 0}>
          Save as file
        </Button>
        <Button size="small" onClick={() => picker.current?.click()}>
          Open a file
        </Button>
        {BUILT_IN.map((ours) => (
          <Button key={ours.name} size="small" kind="ghost" onClick={() => onMap({ ...ours, name: device.name })}>
            Map of the {ours.name}
          </Button>
        ))}
        <input
          ref={picker}
          type="file"
          hidden
          accept="application/json,.json"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void open(file);
            event.target.value = '';
          }}
        />
      </div>
      {problem !== null && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
      {map.bindings.length > 0 && (
        <ul className={styles.list}>
          {map.bindings.map((binding, index) => {
            const control = findControl(binding.control);
            const name = control === null ? binding.control : `${control.group}: ${control.label}`;
            const without = map.bindings.filter((_, at) => at !== index);
            return (
              <li key={`${binding.kind} ${binding.channel} ${binding.number}`}>
                <span>{name}</span>
                <small>{sourceName(binding)}</small>
                {binding.mode !== 'button' && (
                  <label>
                    <input
                      type="checkbox"
                      checked={binding.isInverted === true}
                      aria-label={`${name}, the other way round`}
                      onChange={(event) =>
                        onMap({
                          ...map,
                          bindings: map.bindings.with(index, { ...binding, isInverted: event.target.checked }),
                        })
                      }
                    />
                    Reverse
                  </label>
                )}
                <button
                  type="button"
                  aria-label={`Take ${name} away`}
                  onClick={() => onMap({ ...map, bindings: without })}
                >
                  <Icon name="close" />
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}
