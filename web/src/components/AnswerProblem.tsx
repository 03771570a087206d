import { Button } from './Button';
import { Notice } from './Notice';

/** What was asked for did not come. */
export function AnswerProblem({ title, message, onRetry }: { title: string; message: string; onRetry: () => void }) {
  return (
    <Notice
      tone="bad"
      title={title}
      live
      actions={
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      <p>{message}</p>
    </Notice>
  );
}
