import type { ReactNode } from 'react';

import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import type { CaptureProblem, SourceKind } from '@/lib/capture';

interface SourceProblemProps {
  kind: SourceKind;
  problem: CaptureProblem;
  onRetry: () => void;
}

/** Why there is no camera or microphone, and how to get it. */
export function SourceProblem({ kind, problem, onRetry }: SourceProblemProps) {
  const { title, body } = sentences(kind, problem);
  return (
    <Notice
      tone={problem === 'no-device' ? 'warn' : 'bad'}
      title={title}
      live
      actions={
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      <p>{body}</p>
    </Notice>
  );
}

function sentences(kind: SourceKind, problem: CaptureProblem): { title: string; body: ReactNode } {
  switch (problem) {
    case 'denied':
      return {
        title: `Your browser blocks the ${kind}`,
        body: (
          <>
            Open the site settings beside the address of this page, set the {kind} to “Allow”, and try again. If it is
            allowed there, the system settings of this device may block it for the browser.
          </>
        ),
      };
    case 'no-device':
      return {
        title: `No ${kind} found`,
        body: `Connect a ${kind} and try again. You can also go live without one.`,
      };
    case 'in-use':
      return {
        title: `The ${kind} is in use`,
        body: 'Another program or tab holds it. Close that one and try again.',
      };
    case 'gone':
      return { title: `The ${kind} is gone`, body: 'It was unplugged, or taken away by the system.' };
    case 'unknown':
      return { title: `The ${kind} does not start`, body: 'Unplug it and plug it in again, or choose another one.' };
  }
}
