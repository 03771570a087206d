import { useId, useState, type SubmitEvent } from 'react';

import { editScheduled } from '@/api/schedule/edit-scheduled';
import type { Stream } from '@/api/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Notice } from '@/components/Notice';
import { useAct } from '@/components/useAct';

import { draftOf, problemsOf, wishesOf } from './draft';
import { ScheduleFields } from './ScheduleFields';
import styles from './ScheduleForm.module.css';

interface EditScheduledProps {
  stream: Stream;
  onClose: () => void;
  onSaved: () => void;
}

/** Changes what is announced. */
export function EditScheduled({ stream, onClose, onSaved }: EditScheduledProps) {
  const [draft, setDraft] = useState(() => draftOf(stream));
  const [problems, setProblems] = useState<ReturnType<typeof problemsOf>>({});
  const { isBusy, problem, fields, run } = useAct();
  const formId = useId();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const found = problemsOf(draft, Date.now());
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    void run(async () => {
      await editScheduled(stream.id, wishesOf(draft));
      onSaved();
    });
  };
  return (
    <Dialog
      isOpen
      title="Change it"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} kind="primary" busy={isBusy}>
            Save
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={submit} noValidate>
        <ScheduleFields
          draft={draft}
          errors={{ ...fields, ...problems }}
          onChange={(changes) => setDraft({ ...draft, ...changes })}
        />
        {problem !== null && <Notice tone="bad" title={problem} live />}
      </form>
    </Dialog>
  );
}
