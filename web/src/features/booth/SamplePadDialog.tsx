import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Switch } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { useDeskPort, type Pad } from '@/lib/mix/desk-port';

import { Knob } from './controls/Knob';
import { formatDb } from './deck/format';
import styles from './Sampler.module.css';

const LEVEL = { min: -60, max: 12, step: 1, resetTo: 0, detent: 0 };

interface SamplePadDialogProps {
  pad: Pad;
  index: number;
  onEmpty: () => void;
  onClose: () => void;
}

/** How one pad plays: its level, whether it repeats, and the way to empty it. */
export function SamplePadDialog({ pad, index, onEmpty, onClose }: SamplePadDialogProps) {
  const port = useDeskPort();
  const set = (changes: { db?: number; loop?: boolean }): void =>
    port?.send({ command: 'SetSample', pad: index, db: pad.db, loop: pad.loop, ...changes });
  return (
    <Dialog
      isOpen
      title={`Pad ${index + 1}`}
      onClose={onClose}
      actions={
        <>
          <Button
            kind="danger"
            data-testid={`sample${index + 1}.eject`}
            onClick={() => {
              onClose();
              onEmpty();
            }}
          >
            Empty this pad
          </Button>
          <Button onClick={onClose}>Done</Button>
        </>
      }
    >
      {pad.problem !== null && <Notice tone="bad" title={pad.problem.message} />}
      <p>{pad.loading ? 'Getting it from your library' : pad.track?.title}</p>
      <div className={styles.settings}>
        <Knob
          label={`Level of pad ${index + 1}`}
          caption="Level"
          control={`sample${index + 1}.gain`}
          size="large"
          travel={LEVEL}
          value={pad.db}
          format={formatDb}
          onChange={(db) => set({ db })}
        />
        <Switch label="Repeat" hint="From the start again until you stop it." checked={pad.loop} onChange={(loop) => set({ loop })} />
      </div>
    </Dialog>
  );
}
