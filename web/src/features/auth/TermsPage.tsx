import { useTitle } from '@/components/Page';

import styles from './TermsPage.module.css';

export default function TermsPage() {
  useTitle('Terms and house rules');
  return (
    <article className={styles.terms}>
      <h1>Terms and house rules</h1>
      <p>By creating an account you agree to these.</p>
      <h2>Adults only</h2>
      <p>You are 18 or older, and so is everyone who appears in what you stream.</p>
      <h2>What you stream is yours to stream</h2>
      <p>
        You hold the rights to what you play and show, or have the consent of those who do. Everyone in the picture has
        agreed to be in it.
      </p>
      <h2>No harm</h2>
      <p>No violence, no threats, no hate, nothing illegal where you are or where NRS Live is run.</p>
      <h2>No taking</h2>
      <p>You do not record, copy or pass on a stream without the consent of its creator.</p>
      <h2>Consequences</h2>
      <p>Streams that break these rules may be ended, and accounts that do so may be closed.</p>
      <h2>Your account</h2>
      <p>Keep your password to yourself. What happens with your account is taken for your doing.</p>
    </article>
  );
}
