import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { describe } from '@/lib/controls/keyboard';
import { DEFAULT_KEYS, keyName, type KeyBinding } from '@/lib/controls/keyboard-map';
import { findControl } from '@/lib/controls/registry';

import styles from './KeyboardHelp.module.css';

const LIST_KEYS: readonly (readonly [string, string])[] = [
  ['Shift ↑ ↓', 'Choose a track, from anywhere but a fader'],
  ['↑ ↓', 'Choose a track, in the list'],
  ['Enter', 'Load it to the free deck'],
  ['Space', 'Listen to it'],
  ['Alt ↑ ↓', 'Earlier or later in a playlist or the queue'],
  ['Shift F10', 'What else can be done with it'],
];
const GROUPS = ['Deck 1', 'Deck 2', 'Mixer'] as const;

/** Which key does what. */
export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const others = DEFAULT_KEYS.filter(
    ({ control }) => (control.startsWith('library.') && control !== 'library.browse') || control.endsWith('.load'),
  );
  return (
    <Dialog isOpen title="Keyboard" onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      <div className={styles.scroller}>
        <div className={styles.groups} data-testid="keyboard-help">
          {GROUPS.map((group) => (
            <Group
              key={group}
              name={group}
              keys={DEFAULT_KEYS.filter(
                (binding) => findControl(binding.control)?.group === group && !/\.load$|_clear$/.test(binding.control),
              ).map(entry)}
            />
          ))}
          <Group name="Library" keys={[...LIST_KEYS, ...others.map(entry)]} />
        </div>
      </div>
      <p className={styles.note}>
        Shift with the key of a hot cue clears it. Keys are named as on an English keyboard. Nothing plays while you
        type.
      </p>
    </Dialog>
  );
}

function Group({ name, keys }: { name: string; keys: readonly (readonly [string, string])[] }) {
  return (
    <section className={styles.group}>
      <h3>{name}</h3>
      <dl>
        {keys.map(([keyed, what]) => (
          <div key={`${keyed} ${what}`}>
            <dt>
              <kbd>{keyed}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function entry(binding: KeyBinding): readonly [string, string] {
  const deck = /^deck(\d)\.load$/.exec(binding.control)?.[1];
  return [keyName(binding), deck === undefined ? (describe(binding) ?? '') : `Load it to deck ${deck}`];
}
