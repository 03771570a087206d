import { useState, type SubmitEvent } from 'react';

import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { TextField } from '@/components/Field';
import { ApiError } from '@/lib/http';

interface NameDialogProps {
  title: string;
  label: string;
  initial: string;
  action: string;
  onName: (name: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for the name of a crate or a playlist. */
export function NameDialog({ title, label, initial, action, onName, onClose }: NameDialogProps) {
  const [name, setName] = useState(initial);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const give = async (): Promise<void> => {
    if (name.trim() === '') {
      setProblem('Give it a name.');
      return;
    }
    setBusy(true);
    try {
      await onName(name.trim());
      onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      isOpen
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="name-list" busy={isBusy}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id="name-list"
        noValidate
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          void give();
        }}
      >
        <TextField
          label={label}
          value={name}
          maxLength={100}
          error={problem}
          autoComplete="off"
          data-testid="list-name"
          onChange={(event) => setName(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
