import { useLocation } from 'react-router';

import { Button, ButtonLink } from '@/components/Button';
import { FullPageMessage, PageLoading, useTitle } from '@/components/Page';
import { useSession } from '@/components/session';

import styles from './LibraryPage.module.css';
import { LibraryPanel } from './LibraryPanel';

/** The library on a page of its own, for a DJ who prepares. */
export default function LibraryPage() {
  useTitle('Library');
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
          title="Sign in to see your tracks"
          actions={
            <ButtonLink to="/login" state={{ from }} kind="primary">
              Sign in
            </ButtonLink>
          }
        >
          <p>The library is where DJs keep what they play.</p>
        </FullPageMessage>
      );
    case 'signed-in':
      if (session.user.role === 'dj') {
        return (
          <div className={styles.page}>
            <h1 className="visually-hidden">Library</h1>
            <LibraryPanel />
          </div>
        );
      }
      return (
        <FullPageMessage
          title="For DJs"
          actions={
            <ButtonLink to="/" kind="primary">
              See who is live
            </ButtonLink>
          }
        >
          <p>Only the account of a DJ has a library of tracks.</p>
        </FullPageMessage>
      );
  }
}
