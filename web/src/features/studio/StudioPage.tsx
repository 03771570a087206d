import { ButtonLink } from '@/components/Button';
import { FullPageMessage, useTitle } from '@/components/Page';
import { SessionGate } from '@/components/SessionGate';

import { Studio } from './Studio';

/** The studio, for those who may use it. */
export default function StudioPage() {
  useTitle('Studio');
  return (
    <SessionGate title="Sign in to go live" what="The studio is where DJs and performers go on air.">
      {({ id, role }) =>
        role === 'dj' || role === 'performer' ? (
          <Studio key={id} role={role} />
        ) : (
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
        )
      }
    </SessionGate>
  );
}
