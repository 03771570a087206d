import { Link } from 'react-router';

import type { Stream } from '@/api/types';
import { Button, ButtonLink } from '@/components/Button';
import { CopyLink } from '@/components/CopyLink';
import { Icon } from '@/components/Icon';
import { useNow } from '@/components/useNow';
import { formatMoment, formatUntil } from '@/lib/dates';

import styles from './ScheduledRow.module.css';

interface ScheduledRowProps {
  stream: Stream;
  onEdit: () => void;
  onCallOff: () => void;
}

/** From then on the stream can be begun. */
const EARLY_MS = 30 * 60_000;

/** One announced stream: when, and how it begins. */
export function ScheduledRow({ stream, onEdit, onCallOff }: ScheduledRowProps) {
  const now = useNow();
  const startsAt = stream.scheduledFor ?? stream.startTime;
  const leftMs = Date.parse(startsAt) - now;
  return (
    <li className={styles.row} data-testid="scheduled" data-soon={leftMs < EARLY_MS}>
      <p className={styles.when}>
        <time dateTime={startsAt}>{formatMoment(startsAt)}</time>
        <span>{leftMs > 0 ? `in ${formatUntil(leftMs / 1000)}` : 'should have begun'}</span>
      </p>
      <h3>
        <Link to={`/watch/${stream.id}`}>{stream.title}</Link>
      </h3>
      <div className={styles.tools}>
        {leftMs < EARLY_MS && (
          <ButtonLink to={`/studio?stream=${stream.id}`} kind="primary" size="small" data-testid="begin">
            Go live with it
          </ButtonLink>
        )}
        <CopyLink path={`/watch/${stream.id}`}>Copy link</CopyLink>
        <Button size="small" aria-label={`Change ${stream.title}`} onClick={onEdit}>
          <Icon name="edit" />
          Change
        </Button>
        <Button size="small" kind="ghost" aria-label={`Call ${stream.title} off`} onClick={onCallOff}>
          <Icon name="trash" />
        </Button>
      </div>
      <p className={styles.how}>
        {leftMs < EARLY_MS
          ? 'Press “Start Streaming” in OBS, or go live from the camera: this stream begins.'
          : 'From half an hour before, it begins when your encoder connects or you go live from the camera.'}
      </p>
    </li>
  );
}
