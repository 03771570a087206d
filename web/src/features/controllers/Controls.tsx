import { useEffect, useState } from 'react';

import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';
import { useSurface } from '@/lib/controls/context';
import { isTyping, playByKeys } from '@/lib/controls/keyboard';
import { DEFAULT_KEYS } from '@/lib/controls/keyboard-map';
import type { ControlSurface } from '@/lib/controls/surface';

import styles from './Controls.module.css';
import { KeyboardHelp } from './KeyboardHelp';
import { LearnBar } from './LearnBar';
import { MidiDialog } from './MidiDialog';
import { useMidi } from './useMidi';

/** Keys and controllers that play the desk one stands at, and what shows and arranges them. Nothing without a desk. */
export function Controls() {
  const surface = useSurface();
  return surface === null ? null : <Playing surface={surface} />;
}

function Playing({ surface }: { surface: ControlSurface }) {
  const [open, setOpen] = useState<'keys' | 'midi' | null>(null);
  const [isLearning, setLearning] = useState(false);
  const { devices, state } = useMidi(surface);

  useEffect(() => playByKeys(window, surface, DEFAULT_KEYS), [surface]);
  useEffect(() => {
    const ask = (event: KeyboardEvent): void => {
      if (event.key !== '?' || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      setOpen('keys');
    };
    window.addEventListener('keydown', ask);
    return () => window.removeEventListener('keydown', ask);
  }, []);

  const stopLearning = (): void => {
    devices.learn(null);
    setLearning(false);
  };
  const count = state.devices.length;
  return (
    <>
      <Button
        size="small"
        kind="ghost"
        title="Keyboard (?)"
        aria-label="Keyboard"
        data-testid="keys-help"
        onClick={() => setOpen('keys')}
      >
        <Icon name="keyboard" />
      </Button>
      <Button
        size="small"
        kind="ghost"
        title="Controllers"
        aria-label={count > 0 ? `Controllers, ${count} connected` : 'Controllers'}
        data-testid="midi-open"
        onClick={() => setOpen('midi')}
      >
        <span className={styles.midi} data-on={count > 0 || undefined}>
          MIDI
        </span>
      </Button>
      {open === 'keys' && <KeyboardHelp onClose={() => setOpen(null)} />}
      {open === 'midi' && (
        <MidiDialog
          devices={devices}
          state={state}
          onLearn={(controlId) => {
            setOpen(null);
            setLearning(true);
            devices.learn(controlId);
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {isLearning && <LearnBar devices={devices} state={state} onDone={stopLearning} />}
    </>
  );
}
