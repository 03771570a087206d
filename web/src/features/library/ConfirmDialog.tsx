import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';

interface ConfirmDialogProps {
  title: string;
  text: string;
  onYes: () => void;
  onClose: () => void;
}

/** Asks before something is deleted. */
export function ConfirmDialog({ title, text, onYes, onClose }: ConfirmDialogProps) {
  return (
    <Dialog
      isOpen
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            kind="danger"
            data-testid="confirm-delete"
            onClick={() => {
              onClose();
              onYes();
            }}
          >
            Delete
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
