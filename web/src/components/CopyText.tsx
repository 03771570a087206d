import { useId, useState } from 'react';

import { Button } from './Button';
import styles from './CopyText.module.css';
import { Icon } from './Icon';

interface CopyTextProps {
  label: string;
  text: string;
  /** Kept off the screen until it is asked for: a stream may be showing it. */
  isSecret?: boolean;
}

/** A line of text to be put into another program. */
export function CopyText({ label, text, isSecret = false }: CopyTextProps) {
  const [isShown, setShown] = useState(!isSecret);
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'failed'>('none');
  const id = useId();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
      setTimeout(() => setOutcome('none'), 2500);
    } catch {
      // Refused, or missing because the page is not secure: it is shown to be copied by hand.
      setShown(true);
      setOutcome('failed');
    }
  };
  return (
    <div className={styles.copy}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.line}>
        <input
          id={id}
          readOnly
          type={isShown ? 'text' : 'password'}
          value={text}
          autoComplete="off"
          spellCheck={false}
          onFocus={(event) => event.target.select()}
        />
        <span className={styles.keys}>
          {isSecret && (
            <Button size="small" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
              {isShown ? 'Hide' : 'Show'}
            </Button>
          )}
          <Button size="small" aria-label={`Copy ${label.toLowerCase()}`} onClick={() => void copy()}>
            <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
            <span aria-live="polite">{outcome === 'copied' ? 'Copied' : 'Copy'}</span>
          </Button>
        </span>
      </div>
      {outcome === 'failed' && <p role="status">Your browser does not let us copy. Select it and copy it by hand.</p>}
    </div>
  );
}
