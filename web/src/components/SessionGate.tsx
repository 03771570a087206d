import type { ReactNode } from 'react';
import { useLocation } from 'react-router';

import type { User } from '@/lib/session';

import { Button, ButtonLink } from './Button';
import { FullPageMessage, PageLoading } from './Page';
import { useSession } from './session';

interface SessionGateProps {
  /** Asks whoever is not signed in to do so. */
  title: string;
  /** What there is behind the gate, for those who are not signed in. */
  what: string;
  /** Whether an account may be created on the way in. */
  mayRegister?: boolean;
  children: (user: User) => ReactNode;
}

/** What a page for accounts shows until it is known whose it is. */
export function SessionGate({ title, what, mayRegister = true, children }: SessionGateProps) {
  const session = useSession();
  const from = useLocation().pathname;
  switch (session.status) {
    case 'restoring':
      return <PageLoading />;
    case 'unreachable':
      return (
        <FullPageMessage
          title="No connection"
          actions={
            <Button kind="primary" onClick={() => void session.restore()}>
              Try again
            </Button>
          }
        >
          <p>NRS Live cannot be reached, so we cannot tell who you are.</p>
        </FullPageMessage>
      );
    case 'anonymous':
      return (
        <FullPageMessage
          title={title}
          actions={
            <>
              <ButtonLink to="/login" state={{ from }} kind="primary">
                Sign in
              </ButtonLink>
              {mayRegister && (
                <ButtonLink to="/register" state={{ from }}>
                  Create an account
                </ButtonLink>
              )}
            </>
          }
        >
          <p>{what}</p>
        </FullPageMessage>
      );
    case 'signed-in':
      return children(session.user);
  }
}
