import styles from './Wordmark.module.css';

/** NRS Live: a level meter and the name. */
export function Wordmark() {
  return (
    <span className={styles.wordmark}>
      <span className={styles.bars} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </span>
      <span>
        NRS <b>Live</b>
      </span>
    </span>
  );
}
