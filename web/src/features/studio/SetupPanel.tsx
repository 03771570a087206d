import { useState, type SubmitEvent } from 'react';

import type { StreamWishes } from '@/api/start-stream';
import type { Stream } from '@/api/types';
import { Button } from '@/components/Button';
import { TextArea, TextField } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { formatMoment } from '@/lib/dates';
import type { FieldErrors } from '@/lib/field-errors';

import styles from './SetupPanel.module.css';

interface SetupPanelProps {
  /** Whether there is a picture or a sound to send. */
  canSend: boolean;
  isChecking: boolean;
  isStarting: boolean;
  fields: FieldErrors;
  /** What was announced, and begins now; null for a new stream. */
  announced: Stream | null;
  onGoLive: (wishes: StreamWishes) => Promise<void>;
}

/** What the stream is called, and the button that starts it. */
export function SetupPanel({ canSend, isChecking, isStarting, fields, announced, onGoLive }: SetupPanelProps) {
  const [title, setTitle] = useState(announced?.title ?? '');
  const [description, setDescription] = useState(announced?.description ?? '');
  const [isMissingTitle, setMissingTitle] = useState(false);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = title.trim();
    setMissingTitle(given === '');
    if (given === '') return;
    void onGoLive({ title: given, description: description.trim(), announcedId: announced?.id ?? null });
  };

  return (
    <form className={styles.setup} onSubmit={submit} noValidate>
      {announced !== null && (
        <Notice title="This was announced">
          <p>
            {announced.scheduledFor !== null && `For ${formatMoment(announced.scheduledFor)}. `}
            Those who wait on its page see you as soon as you go live.
          </p>
        </Notice>
      )}
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
