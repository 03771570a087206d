import { useState, type SubmitEvent } from 'react';

import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Notice } from '@/components/Notice';
import { StreamFields } from '@/components/StreamFields';
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
  const [words, setWords] = useState({ title: '', description: '' });
  const [isBusy, setBusy] = useState(false);
  const [fields, setFields] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<string | null>(null);

  const goLive = async (): Promise<void> => {
    const given = words.title.trim();
    setProblem(null);
    setFields(given === '' ? { title: 'Give your stream a title.' } : {});
    if (given === '') return;
    setBusy(true);
    try {
      await onGoLive(given, words.description.trim());
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
        <StreamFields
          words={words}
          errors={fields}
          placeholder="What is on tonight?"
          hint="Optional. Viewers read it beside the stream."
          onChange={(changes) => setWords({ ...words, ...changes })}
        />
        <p className={styles.note}>Whatever is playing is heard at once. Start with a track running, or with your voice.</p>
        {/* Lets Enter in the title submit; the button that is seen stands with the dialog's actions. */}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
