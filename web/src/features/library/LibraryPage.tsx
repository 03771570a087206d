import { ButtonLink } from '@/components/Button';
import { FullPageMessage, useTitle } from '@/components/Page';
import { SessionGate } from '@/components/SessionGate';

import styles from './LibraryPage.module.css';
import { LibraryPanel } from './LibraryPanel';

/** The library on a page of its own, for a DJ who prepares. */
export default function LibraryPage() {
  useTitle('Library');
  return (
    <SessionGate
      title="Sign in to see your tracks"
      what="The library is where DJs keep what they play."
      mayRegister={false}
    >
      {({ role }) =>
        role === 'dj' ? (
          <div className={styles.page}>
            <h1 className="visually-hidden">Library</h1>
            <LibraryPanel />
          </div>
        ) : (
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
        )
      }
    </SessionGate>
  );
}
