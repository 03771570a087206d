import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';

import styles from './KeyHelp.module.css';
import { keysFor, type PlayerActions } from './keys';

const NAMES: Partial<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

interface KeyHelpProps {
  isOpen: boolean;
  actions: PlayerActions;
  onClose: () => void;
}

/** The keys of the player. */
export function KeyHelp({ isOpen, actions, onClose }: KeyHelpProps) {
  return (
    <Dialog
      isOpen={isOpen}
      title="Keys"
      onClose={onClose}
      actions={
        <Button kind="primary" onClick={onClose}>
          Got it
        </Button>
      }
    >
      <dl className={styles.keys}>
        {keysFor(actions).map(({ keys, says }) => (
          <div key={says}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{NAMES[key] ?? key}</kbd>
              ))}
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
