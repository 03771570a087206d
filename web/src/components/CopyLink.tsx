import { useState } from 'react';

import { Button } from './Button';
import { Icon } from './Icon';

/** Copies the address of `path` on this site. */
export function CopyLink({ path, children }: { path: string; children: string }) {
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'failed'>('none');
  const url = new URL(path, window.location.href).href;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(url);
      setOutcome('copied');
      setTimeout(() => setOutcome('none'), 2500);
    } catch {
      // Refused, or missing because the page is not secure: the link itself is shown instead.
      setOutcome('failed');
    }
  };
  return (
    <>
      <Button size="small" onClick={() => void copy()}>
        <Icon name={outcome === 'copied' ? 'check' : 'link'} />
        <span aria-live="polite">{outcome === 'copied' ? 'Copied' : children}</span>
      </Button>
      {outcome === 'failed' && (
        <a href={url} style={{ overflowWrap: 'anywhere' }}>
          {url}
        </a>
      )}
    </>
  );
}
