import { useEffect } from 'react';
import { useBlocker } from 'react-router';

import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';

/** Asks before a click somewhere else takes a stream off the air. */
export function LeaveGuard({ isOnAir }: { isOnAir: boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isOnAir && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!isOnAir) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isOnAir]);
  const isAsking = blocker.state === 'blocked';
  return (
    <Dialog
      isOpen={isAsking}
      title="You are on air"
      onClose={() => {
        if (blocker.state === 'blocked') blocker.reset();
      }}
      actions={
        <>
          <Button onClick={() => blocker.reset?.()}>Stay</Button>
          <Button kind="danger" onClick={() => blocker.proceed?.()}>
            Leave the studio
          </Button>
        </>
      }
    >
      <p>Leaving the studio takes your picture and sound off the air. You can come back and continue for a short while.</p>
    </Dialog>
  );
}
