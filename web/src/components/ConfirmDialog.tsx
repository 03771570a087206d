import type { ReactNode } from 'react';

import { Button } from './Button';
import { Dialog } from './Dialog';
import { Notice } from './Notice';
import { useAct } from './useAct';

interface ConfirmDialogProps {
  title: string;
  children: ReactNode;
  /** What the button says that does it. */
  yes: string;
  no: string;
  onYes: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something goes that does not come back. What refuses to go is said in the dialog. */
export function ConfirmDialog({ title, children, yes, no, onYes, onClose }: ConfirmDialogProps) {
  const { isBusy, problem, run } = useAct();
  return (
    <Dialog
      isOpen
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{no}</Button>
          <Button
            kind="danger"
            busy={isBusy}
            data-testid="confirm"
            onClick={() => void run(onYes).then((isDone) => isDone && onClose())}
          >
            {yes}
          </Button>
        </>
      }
    >
      {children}
      {problem !== null && <Notice tone="bad" title={problem} live />}
    </Dialog>
  );
}
