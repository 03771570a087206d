import { useState, type SubmitEvent } from 'react';

import { scheduleStream } from '@/api/schedule/schedule-stream';
import { Button } from '@/components/Button';
import { Switch } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { useAct } from '@/components/useAct';

import { emptyDraft, problemsOf, wishesOf } from './draft';
import styles from './ScheduleForm.module.css';
import { ScheduleFields } from './ScheduleFields';

/** Announces a stream. */
export function ScheduleForm({ onSaved }: { onSaved: () => void }) {
  const [draft, setDraft] = useState(() => emptyDraft(Date.now()));
  const [problems, setProblems] = useState<ReturnType<typeof problemsOf>>({});
  const { isBusy, problem, fields, run } = useAct();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const found = problemsOf(draft, Date.now());
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    void run(async () => {
      await scheduleStream({ ...wishesOf(draft), record: draft.record });
      setDraft(emptyDraft(Date.now()));
      onSaved();
    });
  };
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <ScheduleFields
        draft={draft}
        errors={{ ...fields, ...problems }}
        onChange={(changes) => setDraft({ ...draft, ...changes })}
      />
      <Switch
        label="Record it"
        hint="It stays as a replay afterwards."
        checked={draft.record}
        onChange={(record) => setDraft({ ...draft, record })}
      />
      {problem !== null && <Notice tone="bad" title={problem} live />}
      <Button type="submit" kind="primary" size="large" wide busy={isBusy} data-testid="announce">
        Announce it
      </Button>
    </form>
  );
}
