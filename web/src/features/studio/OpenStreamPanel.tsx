import type { ComponentProps } from 'react';

import type { CreatorType, Stream } from '@/api/types';
import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';

import { ElsewherePanel } from './ElsewherePanel';
import { useMixOf } from './useMixOf';

/** A stream of ours that is open, but not from here: a camera's is continued here, a mix's in its booth. */
export function OpenStreamPanel({ role, ...rest }: { role: CreatorType } & ComponentProps<typeof ElsewherePanel>) {
  const isMix = useMixOf(role, rest.stream.id);
  if (isFromEncoder(rest.stream)) return <EncoderNotice stream={rest.stream} />;
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

/** An encoder's stream is looked after on its own page: a camera cannot take it over. */
function EncoderNotice({ stream }: { stream: Stream }) {
  return (
    <Notice
      tone="warn"
      title="You are live from your encoder"
      live
      actions={
        <ButtonLink to="/encoder" kind="primary">
          See how it goes
        </ButtonLink>
      }
    >
      <p>“{stream.title}” comes from OBS or another encoder. One stream at a time: end it to go on with the camera.</p>
    </Notice>
  );
}

function isFromEncoder({ ingest }: Stream): boolean {
  return ingest !== null && ingest !== 'whip' && ingest !== 'mix';
}
