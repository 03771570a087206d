import type { Stream } from '@/api/types';
import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';

/** A stream from a browser is open: an encoder would be refused. */
export function OtherStream({ stream }: { stream: Stream }) {
  const isMix = stream.ingest === 'mix';
  return (
    <Notice
      tone="warn"
      title={`“${stream.title}” is open in ${isMix ? 'your booth' : 'the studio'}`}
      live
      actions={
        <ButtonLink to={isMix ? '/booth' : '/studio'} size="small">
          {isMix ? 'Go to the booth' : 'Go to the studio'}
        </ButtonLink>
      }
    >
      <p>One stream at a time: OBS gets in when that one has ended.</p>
    </Notice>
  );
}
