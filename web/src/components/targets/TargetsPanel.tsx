import { useState } from 'react';

import { deleteTarget } from '@/api/encoder/delete-target';
import { editTarget } from '@/api/encoder/edit-target';
import { listTargets } from '@/api/encoder/list-targets';
import type { Target, TargetState } from '@/api/encoder/types';
import { AnswerProblem } from '@/components/AnswerProblem';
import { Button } from '@/components/Button';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { Icon } from '@/components/Icon';
import { Notice } from '@/components/Notice';
import { useAct } from '@/components/useAct';
import { useAnswer } from '@/components/useAnswer';

import styles from '@/components/Panel.module.css';
import { TargetDialog } from './TargetDialog';
import { TargetRow } from './TargetRow';
import rows from './TargetRow.module.css';

/** The platform takes no more. */
const MAX_TARGETS = 10;

/** The other platforms that get the stream too. `states` is how each does now; null while nothing is on. */
export function TargetsPanel({ states }: { states: Record<string, TargetState> | null }) {
  const { answer, refresh } = useAnswer('targets', listTargets);
  const [edited, setEdited] = useState<Target | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Target | null>(null);
  const { problem, run } = useAct();
  const targets = answer.status === 'ready' ? answer.value : [];
  return (
    <section className={styles.panel} aria-labelledby="targets">
      <h2 id="targets">Also live on</h2>
      {answer.status === 'loading' && <p className={styles.dim}>Loading</p>}
      {answer.status === 'failed' && (
        <AnswerProblem title="These do not load" message={answer.message} onRetry={refresh} />
      )}
      {answer.status === 'ready' && targets.length === 0 && (
        <p className={styles.dim}>
          We can send your stream on to YouTube, Twitch, Facebook and other servers while it is on here. Your upload
          stays one.
        </p>
      )}
      {problem !== null && <Notice tone="bad" title={problem} live />}
      {targets.length > 0 && (
        <ul className={rows.targets}>
          {targets.map((target) => (
            <TargetRow
              key={target.id}
              target={target}
              state={states?.[target.id] ?? null}
              isOn={states !== null}
              onSwitch={(enabled) =>
                void run(async () => {
                  await editTarget(target.id, { enabled });
                  refresh();
                })
              }
              onEdit={() => setEdited(target)}
              onDelete={() => setDoomed(target)}
            />
          ))}
        </ul>
      )}
      {answer.status === 'ready' && targets.length < MAX_TARGETS && (
        <Button size="small" className={styles.start} data-testid="add-target" onClick={() => setEdited('new')}>
          <Icon name="plus" />
          Add a platform
        </Button>
      )}
      {edited !== null && (
        <TargetDialog
          target={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onSaved={() => {
            setEdited(null);
            refresh();
          }}
        />
      )}
      {doomed !== null && (
        <ConfirmDialog
          title="Remove it?"
          yes="Remove"
          no="Keep it"
          onClose={() => setDoomed(null)}
          onYes={async () => {
            await deleteTarget(doomed.id);
            refresh();
          }}
        >
          <p>“{doomed.label}” no longer gets your streams, and its key is forgotten.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}
