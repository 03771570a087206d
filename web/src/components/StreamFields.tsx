import type { ReactNode } from 'react';

import type { FieldErrors } from '@/lib/field-errors';

import { TextArea, TextField } from './Field';

export interface StreamWords {
  title: string;
  description: string;
}

interface StreamFieldsProps {
  words: StreamWords;
  errors: FieldErrors;
  placeholder?: string;
  /** Of the description: where it is read. */
  hint?: string;
  /** What stands between the two. */
  children?: ReactNode;
  onChange: (changes: Partial<StreamWords>) => void;
}

/** What a stream is called, and what is said of it. */
export function StreamFields({ words, errors, placeholder, hint, children, onChange }: StreamFieldsProps) {
  return (
    <>
      <TextField
        label="Title"
        name="title"
        value={words.title}
        maxLength={120}
        placeholder={placeholder}
        autoComplete="off"
        data-testid="title-input"
        error={errors.title}
        onChange={(event) => onChange({ title: event.target.value })}
      />
      {children}
      <TextArea
        label="Description"
        name="description"
        value={words.description}
        maxLength={2000}
        hint={hint}
        error={errors.description}
        onChange={(event) => onChange({ description: event.target.value })}
      />
    </>
  );
}
