import type { ReactNode } from 'react';

import { ButtonLink } from '@/components/Button';
import { FullPageMessage, PageLoading, useTitle } from '@/components/Page';
import { useSession } from '@/components/session';
import { SessionGate } from '@/components/SessionGate';

import { Booth } from './Booth';
import { Opening } from './Opening';
import { useBooth } from './useBooth';

interface BoothPageProps {
  /** Stands above everything but the booth itself, which takes the whole screen. */
  header: ReactNode;
  /** Stands below the decks. */
  library: ReactNode;
}

/** The booth, for DJs. */
export function BoothPage({ header, library }: BoothPageProps) {
  useTitle('Booth');
  const session = useSession();
  const user = session.status === 'signed-in' ? session.user : null;
  if (user?.role === 'dj') return <DjBooth key={user.id} userId={user.id} header={header} library={library} />;
  return (
    <>
      {header}
      <main id="main">
        <NotADj />
      </main>
    </>
  );
}

/** Why there is no booth for whoever this is. */
function NotADj() {
  return (
    <SessionGate title="Sign in to mix" what="The booth is where DJs mix live in the browser.">
      {() => (
        <FullPageMessage
          title="For DJs"
          actions={
            <ButtonLink to="/" kind="primary">
              See who is live
            </ButtonLink>
          }
        >
          <p>The booth takes an account of a DJ.</p>
        </FullPageMessage>
      )}
    </SessionGate>
  );
}

function DjBooth({ userId, header, library }: BoothPageProps & { userId: string }) {
  const control = useBooth();
  const { life } = control;
  if (life.phase === 'in') {
    return (
      <Booth key={life.entered.mix.id} entered={life.entered} control={control} userId={userId} library={library} />
    );
  }
  return (
    <>
      {header}
      {life.phase === 'checking' ? <PageLoading /> : <Opening control={control} life={life} />}
    </>
  );
}
