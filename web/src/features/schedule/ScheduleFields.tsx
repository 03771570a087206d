import { TextArea, TextField } from '@/components/Field';
import { zoneName } from '@/lib/dates';
import type { FieldErrors } from '@/lib/field-errors';

import type { Draft } from './draft';

interface ScheduleFieldsProps {
  draft: Omit<Draft, 'record'>;
  errors: FieldErrors;
  onChange: (changes: Partial<Omit<Draft, 'record'>>) => void;
}

/** What it is, and when. */
export function ScheduleFields({ draft, errors, onChange }: ScheduleFieldsProps) {
  return (
    <>
      <TextField
        label="Title"
        value={draft.title}
        maxLength={120}
        placeholder="What is it going to be?"
        autoComplete="off"
        error={errors.title}
        onChange={(event) => onChange({ title: event.target.value })}
      />
      <TextField
        label="Begins"
        type="datetime-local"
        value={draft.startsAt}
        hint={`Your time, ${zoneName()}. Everybody sees it in theirs.`}
        error={errors.startsAt}
        onChange={(event) => onChange({ startsAt: event.target.value })}
      />
      <TextArea
        label="Description"
        value={draft.description}
        maxLength={2000}
        hint="Optional. It stands below the countdown."
        error={errors.description}
        onChange={(event) => onChange({ description: event.target.value })}
      />
    </>
  );
}
