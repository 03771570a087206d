import { Link } from 'react-router';

import styles from './MixChoice.module.css';

/** The two ways of a DJ to go live: this page, by camera, or the booth. */
export function MixChoice() {
  return (
    <nav className={styles.choice} aria-label="How to go live">
      <Link to="/booth" data-testid="mix-in-browser">
        <strong>Mix in the browser</strong>
        <span>Decks, effects and your library. The mix runs on our servers.</span>
      </Link>
      <Link to="/studio" aria-current="page">
        <strong>Camera only</strong>
        <span>Your own mixer on the microphone input, your camera beside it.</span>
      </Link>
    </nav>
  );
}
