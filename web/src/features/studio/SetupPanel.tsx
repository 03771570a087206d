import { useState, type SubmitEvent } from 'react';

import { Button } from '@/components/Button';
import { TextArea, TextField } from '@/components/Field';
import type { FieldErrors } from '@/lib/field-errors';

import styles from './SetupPanel.module.css';

interface SetupPanelProps {
  /** Whether there is a picture or a sound to send. */
  canSend: boolean;
  isChecking: boolean;
  isStarting: boolean;
  fields: FieldErrors;
  onGoLive: (title: string, description: string) => Promise<void>;
}

/** What the stream is called, and the button that starts it. */
export function SetupPanel({ canSend, isChecking, isStarting, fields, onGoLive }: SetupPanelProps) {
  const [title, setTitle] = useState('');
  const [description, setDescription] = useState('');
  const [isMissingTitle, setMissingTitle] = useState(false);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = title.trim();
    setMissingTitle(given === '');
    if (given !== '') void onGoLive(given, description.trim());
  };

  return (
    <form className={styles.setup} onSubmit={submit} noValidate>
      <TextField
        label="Title"
        name="title"
        value={title}
        maxLength={120}
        placeholder="What is on tonight?"
        autoComplete="off"
        data-testid="title-input"
        error={isMissingTitle ? 'Give your stream a title.' : fields.title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <TextArea
        label="Description"
        name="description"
        value={description}
        maxLength={2000}
        hint="Optional. Viewers read it beside the picture."
        error={fields.description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <Button
        type="submit"
        kind="primary"
        size="large"
        wide
        busy={isStarting || isChecking}
        disabled={!canSend}
        data-testid="go-live"
      >
        Go live
      </Button>
      {!canSend && <p className={styles.why}>Turn on a camera or a microphone first.</p>}
    </form>
  );
}
