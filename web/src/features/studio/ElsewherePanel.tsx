import { useState } from 'react';

import type { Stream } from '@/api/types';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';

interface ElsewherePanelProps {
  stream: Stream;
  wasTakenOver: boolean;
  canSend: boolean;
  onContinue: () => Promise<void>;
  onEnd: () => Promise<void>;
}

/** A stream of ours that is open, but not from here. */
export function ElsewherePanel({ stream, wasTakenOver, canSend, onContinue, onEnd }: ElsewherePanelProps) {
  const [isBusy, setBusy] = useState(false);
  const run = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await act();
    setBusy(false);
  };
  return (
    <Notice
      tone="warn"
      title={titleFor(stream, wasTakenOver)}
      live
      actions={
        <>
          <Button
            kind="primary"
            busy={isBusy}
            disabled={!canSend}
            data-testid="continue-here"
            onClick={() => void run(onContinue)}
          >
            Continue here
          </Button>
          <Button busy={isBusy} onClick={() => void run(onEnd)}>
            End that stream
          </Button>
        </>
      }
    >
      <p>
        “{stream.title}”{' '}
        {stream.mediaState === 'live'
          ? 'is on air from another device or tab. Continuing here takes it over; nobody has to rejoin.'
          : 'is still open, but nothing is being sent. Continue before it ends by itself.'}
      </p>
      {!canSend && <p>Turn on a camera or a microphone to continue here.</p>}
    </Notice>
  );
}

function titleFor(stream: Stream, wasTakenOver: boolean): string {
  if (stream.mediaState !== 'live') return 'Your stream is still open';
  return wasTakenOver ? 'Your stream goes on in another place' : 'You are live in another place';
}
