import type { ComponentProps } from 'react';

import type { CreatorType } from '@/api/types';
import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';

import { ElsewherePanel } from './ElsewherePanel';
import { useMixOf } from './useMixOf';

/** A stream of ours that is open, but not from here: a camera's is continued here, a mix's in its booth. */
export function OpenStreamPanel({ role, ...rest }: { role: CreatorType } & ComponentProps<typeof ElsewherePanel>) {
  const isMix = useMixOf(role, rest.stream.id);
  if (isMix === null) return null;
  if (!isMix) return <ElsewherePanel {...rest} />;
  const isLive = rest.stream.status === 'live';
  return (
    <Notice
      tone="warn"
      title={isLive ? 'Your mix is on air' : 'Your booth is open'}
      live
      actions={
        <ButtonLink to="/booth" kind="primary" data-testid="to-booth">
          Go to the booth
        </ButtonLink>
      }
    >
      <p>
        {isLive ? `“${rest.stream.title}” runs on our servers. ` : ''}One stream at a time: the camera can join the mix
        from the booth, or wait until it is closed.
      </p>
    </Notice>
  );
}
