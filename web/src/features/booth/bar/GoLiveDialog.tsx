import { useState, type SubmitEvent } from 'react';

import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { TextArea, TextField } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { fieldErrors, type FieldErrors } from '@/lib/field-errors';
import { ApiError } from '@/lib/http';

import styles from './GoLiveDialog.module.css';

interface GoLiveDialogProps {
  isOpen: boolean;
  onClose: () => void;
  onGoLive: (title: string, description: string) => Promise<void>;
}

/** What the stream is called, and the button that takes the mix on air. */
export function GoLiveDialog({ isOpen, onClose, onGoLive }: GoLiveDialogProps) {
  const [title, setTitle] = useState('');
  const [description, setDescription] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [fields, setFields] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<string | null>(null);

  const goLive = async (): Promise<void> => {
    const given = title.trim();
    setProblem(null);
    setFields(given === '' ? { title: 'Give your stream a title.' } : {});
    if (given === '') return;
    setBusy(true);
    try {
      await onGoLive(given, description.trim());
      onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const found = fieldErrors(error);
      setFields(found);
      if (Object.keys(found).length === 0) setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      isOpen={isOpen}
      title="Take the mix on air"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Not yet</Button>
          <Button kind="primary" busy={isBusy} data-testid="go-live-confirm" onClick={() => void goLive()}>
            Go live
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        noValidate
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          void goLive();
        }}
      >
        {problem !== null && <Notice tone="bad" title={problem} live />}
        <TextField
          label="Title"
          value={title}
          maxLength={120}
          placeholder="What is on tonight?"
          autoComplete="off"
          data-testid="title-input"
          error={fields.title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextArea
          label="Description"
          value={description}
          maxLength={2000}
          hint="Optional. Viewers read it beside the stream."
          error={fields.description}
          onChange={(event) => setDescription(event.target.value)}
        />
        <p className={styles.note}>Whatever is playing is heard at once. Start with a track running, or with your voice.</p>
        {/* Lets Enter in the title submit; the button that is seen stands with the dialog's actions. */}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
