import { useId, useState, type SubmitEvent } from 'react';

import { editReplay, type ReplayChanges } from '@/api/replays/edit-replay';
import type { Replay, Visibility } from '@/api/replays/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Select } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { StreamFields } from '@/components/StreamFields';
import { useAct } from '@/components/useAct';
import { formatDay } from '@/lib/dates';
import { plural } from '@/lib/format';

import styles from './EditReplay.module.css';

interface EditReplayProps {
  replay: Replay;
  onClose: () => void;
  onSaved: (replay: Replay) => void;
}

/** What a keeping time may be; the platform counts days from today. */
const KEEPING = [7, 14, 30, 90, 365];
const AS_IT_IS = 'as-it-is';
const FOR_EVER = 'for-ever';

/** What it is called, who sees it, and for how long. */
export function EditReplay({ replay, onClose, onSaved }: EditReplayProps) {
  const [words, setWords] = useState({ title: replay.title, description: replay.description ?? '' });
  const [visibility, setVisibility] = useState<Visibility>(replay.visibility);
  const [keeping, setKeeping] = useState(AS_IT_IS);
  const { isBusy, problem, fields, run } = useAct();
  const formId = useId();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const changes: ReplayChanges = {
      title: words.title.trim(),
      description: words.description.trim(),
      visibility,
      ...(keeping !== AS_IT_IS && { keepDays: keeping === FOR_EVER ? null : Number(keeping) }),
    };
    void run(async () => onSaved(await editReplay(replay.id, changes)));
  };
  return (
    <Dialog
      isOpen
      title="Edit replay"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} kind="primary" busy={isBusy} disabled={words.title.trim() === ''}>
            Save
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={submit} noValidate>
        <StreamFields words={words} errors={fields} onChange={(changes) => setWords({ ...words, ...changes })} />
        <Select
          label="Who sees it"
          value={visibility}
          error={fields.visibility}
          onChange={(event) => setVisibility(event.target.value as Visibility)}
        >
          <option value="public">Everybody</option>
          <option value="private">Only you</option>
        </Select>
        <Select
          label="Kept"
          value={keeping}
          error={fields.keepDays}
          onChange={(event) => setKeeping(event.target.value)}
        >
          <option value={AS_IT_IS}>
            {replay.keepUntil === null ? 'Until you delete it' : `Until ${formatDay(replay.keepUntil)}`}
          </option>
          {KEEPING.map((days) => (
            <option key={days} value={days}>
              For {plural(days, 'day')} from now
            </option>
          ))}
          {replay.keepUntil !== null && <option value={FOR_EVER}>Until you delete it</option>}
        </Select>
        {problem !== null && <Notice tone="bad" title={problem} live />}
      </form>
    </Dialog>
  );
}
