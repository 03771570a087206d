import { useState } from 'react';

import { deleteScheduled } from '@/api/schedule/delete-scheduled';
import { listScheduled } from '@/api/schedule/list-scheduled';
import type { Stream } from '@/api/types';
import { AnswerProblem } from '@/components/AnswerProblem';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { CreatorPage } from '@/components/CreatorPage';
import { Empty } from '@/components/Empty';
import { useAnswer } from '@/components/useAnswer';

import { EditScheduled } from './EditScheduled';
import { ScheduledRow } from './ScheduledRow';
import { ScheduleForm } from './ScheduleForm';
import styles from './SchedulePage.module.css';

const POLL_MS = 30_000;

/** What one has announced. */
export default function SchedulePage() {
  return (
    <CreatorPage title="Schedule" what="Announce a stream, and people are there when it begins.">
      {({ id }) => <Schedule key={id} />}
    </CreatorPage>
  );
}

function Schedule() {
  const { answer, refresh } = useAnswer('schedule', listScheduled, POLL_MS);
  const [edited, setEdited] = useState<Stream | null>(null);
  const [doomed, setDoomed] = useState<Stream | null>(null);
  return (
    <div className={styles.schedule}>
      <section className={styles.list} aria-labelledby="announced">
        <h2 id="announced">Coming up</h2>
        {answer.status === 'loading' && <p className={styles.dim}>Loading</p>}
        {answer.status === 'failed' && (
          <AnswerProblem title="Your schedule does not load" message={answer.message} onRetry={refresh} />
        )}
        {answer.status === 'ready' && answer.value.length === 0 && (
          <Empty title="Nothing is announced" heading="h3">
            <p>An announced stream has its page at once, with a countdown. Share the link: it turns into the player.</p>
          </Empty>
        )}
        {answer.status === 'ready' && (
          <ul className={styles.rows}>
            {answer.value.map((stream) => (
              <ScheduledRow
                key={stream.id}
                stream={stream}
                onEdit={() => setEdited(stream)}
                onCallOff={() => setDoomed(stream)}
              />
            ))}
          </ul>
        )}
      </section>
      <section className={styles.panel} aria-labelledby="announce">
        <h2 id="announce">Announce a stream</h2>
        <ScheduleForm onSaved={refresh} />
      </section>
      {edited !== null && (
        <EditScheduled
          stream={edited}
          onClose={() => setEdited(null)}
          onSaved={() => {
            setEdited(null);
            refresh();
          }}
        />
      )}
      {doomed !== null && (
        <ConfirmDialog
          title="Call it off?"
          yes="Call it off"
          no="Keep it"
          onClose={() => setDoomed(null)}
          onYes={async () => {
            await deleteScheduled(doomed.id);
            refresh();
          }}
        >
          <p>“{doomed.title}” is no longer announced, and its page is gone.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
