import type { KeyWithSecret } from '@/api/encoder/types';
import { Button } from '@/components/Button';
import { CopyText } from '@/components/CopyText';
import { Icon } from '@/components/Icon';

import styles from './KeyPanel.module.css';

/** A key that has just been made: the one time its secret is told. */
export function FreshKey({ fresh, onDone }: { fresh: KeyWithSecret; onDone: () => void }) {
  return (
    <section className={styles.fresh} aria-label="Your new stream key" data-testid="fresh-key">
      <p className={styles.warning} role="alert">
        <Icon name="warning" />
        <span>
          <b>This is the only time you see this key.</b> Put it into OBS now. Whoever has it can go live as you, so do
          not show it on stream.
        </span>
      </p>
      <CopyText label="Stream key" text={fresh.secret} isSecret />
      <Button size="small" onClick={onDone}>
        It is in OBS
      </Button>
    </section>
  );
}
