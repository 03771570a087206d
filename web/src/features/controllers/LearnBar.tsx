import { useEffect } from 'react';
import { createPortal } from 'react-dom';

import { Button } from '@/components/Button';
import type { MidiDevices, MidiState } from '@/lib/controls/midi/devices';
import { sourceName } from '@/lib/controls/midi/map';
import { CONTROL_ATTRIBUTE, findControl } from '@/lib/controls/registry';

import styles from './LearnBar.module.css';

/** Leads through learning: touch a control on the screen, then move the part of the controller that shall be it. */
export function LearnBar({ devices, state, onDone }: { devices: MidiDevices; state: MidiState; onDone: () => void }) {
  const wanted = state.learning === null ? null : findControl(state.learning);
  const learned = state.learned === null ? null : findControl(state.learned.control);
  useEffect(() => {
    const touch = (event: Event): void => {
      const element = (event.target as Element).closest(`[${CONTROL_ATTRIBUTE}]`);
      const id = element?.getAttribute(CONTROL_ATTRIBUTE) ?? '';
      if (findControl(id) === null) return;
      // While learning, touching a control names it and does not play it.
      event.preventDefault();
      event.stopPropagation();
      if (event.type === 'pointerdown') devices.learn(id);
    };
    const kinds = ['pointerdown', 'click', 'dblclick'] as const;
    for (const kind of kinds) document.addEventListener(kind, touch, true);
    return () => {
      for (const kind of kinds) document.removeEventListener(kind, touch, true);
    };
  }, [devices]);
  return createPortal(
    <div className={styles.bar} role="status" data-testid="learn-bar">
      <p>
        {learned !== null && state.learned !== null && (
          <b>
            {sourceName(state.learned)} is {learned.group}: {learned.label}.{' '}
          </b>
        )}
        {wanted === null
          ? 'Touch a control on the screen.'
          : `Now move the part of your controller that shall be ${wanted.group}: ${wanted.label}.`}
      </p>
      <Button size="small" kind="primary" onClick={onDone}>
        Done
      </Button>
    </div>,
    document.body,
  );
}
