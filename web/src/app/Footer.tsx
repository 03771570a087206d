import { Link } from 'react-router';

import { Wordmark } from '@/components/Wordmark';

import styles from './Footer.module.css';

export function Footer() {
  return (
    <footer className={styles.footer}>
      <Wordmark />
      <nav aria-label="Footer">
        <Link to="/terms">Terms and house rules</Link>
        <a href="/api/docs">API</a>
      </nav>
      <p>For adults, 18 and over.</p>
    </footer>
  );
}
