import { TextField } from '@/components/Field';
import { StreamFields } from '@/components/StreamFields';
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
    <StreamFields
      words={draft}
      errors={errors}
      placeholder="What is it going to be?"
      hint="Optional. It stands below the countdown."
      onChange={onChange}
    >
      <TextField
        label="Begins"
        type="datetime-local"
        value={draft.startsAt}
        hint={`Your time, ${zoneName()}. Everybody sees it in theirs.`}
        error={errors.startsAt}
        onChange={(event) => onChange({ startsAt: event.target.value })}
      />
    </StreamFields>
  );
}
