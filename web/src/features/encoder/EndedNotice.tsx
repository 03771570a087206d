import type { Stream } from '@/api/types';
import { Button, ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { secondsBetween } from '@/components/useElapsed';
import { formatDuration, plural } from '@/lib/format';

/** How it went. */
export function EndedNotice({ stream, onClose }: { stream: Stream; onClose: () => void }) {
  const lastedS = stream.endTime === null ? 0 : secondsBetween(stream.startTime, Date.parse(stream.endTime));
  return (
    <Notice
      title="That is a wrap"
      live
      actions={
        <>
          <ButtonLink to="/replays" size="small">
            Your replays
          </ButtonLink>
          <Button size="small" kind="ghost" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <p>
        “{stream.title}” was on for {formatDuration(lastedS)}, with at most {plural(stream.peakViewers, 'viewer')} at
        once.
      </p>
    </Notice>
  );
}
