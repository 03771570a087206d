import { useLocation } from 'react-router';

import { Button, ButtonLink } from '@/components/Button';
import { FullPageMessage, PageLoading, useTitle } from '@/components/Page';
import { useSession } from '@/components/session';

import { Studio } from './Studio';

/** The studio, for those who may use it. */
export default function StudioPage() {
  useTitle('Studio');
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
          title="Sign in to go live"
          actions={
            <>
              <ButtonLink to="/login" state={{ from }} kind="primary">
                Sign in
              </ButtonLink>
              <ButtonLink to="/register" state={{ from }}>
                Create an account
              </ButtonLink>
            </>
          }
        >
          <p>The studio is where DJs and performers go on air.</p>
        </FullPageMessage>
      );
    case 'signed-in': {
      const { role } = session.user;
      if (role === 'dj' || role === 'performer') return <Studio key={session.user.id} role={role} />;
      return (
        <FullPageMessage
          title="This account watches"
          actions={
            <ButtonLink to="/" kind="primary">
              See who is live
            </ButtonLink>
          }
        >
          <p>Going live takes an account of a DJ or a performer. Sign out and create one, with another email address.</p>
        </FullPageMessage>
      );
    }
  }
}
