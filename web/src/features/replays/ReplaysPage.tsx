import { useState } from 'react';

import { deleteReplay } from '@/api/replays/delete-replay';
import { listReplays } from '@/api/replays/list-replays';
import type { Replay } from '@/api/replays/types';
import { AnswerProblem } from '@/components/AnswerProblem';
import { Button, ButtonLink } from '@/components/Button';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { CreatorPage } from '@/components/CreatorPage';
import { Empty } from '@/components/Empty';
import { PageLoading } from '@/components/Page';
import { useAnswer } from '@/components/useAnswer';

import { EditReplay } from './EditReplay';
import { ReplayRow } from './ReplayRow';
import styles from './ReplaysPage.module.css';

const PAGE = 20;
/** What is being recorded grows. */
const POLL_MS = 20_000;

/** One's own recorded streams. */
export default function ReplaysPage() {
  return (
    <CreatorPage title="Replays" what="Streams that you recorded are kept here.">
      {({ id }) => <Replays key={id} creatorId={id} />}
    </CreatorPage>
  );
}

function Replays({ creatorId }: { creatorId: string }) {
  const [perPage, setPerPage] = useState(PAGE);
  const { answer, refresh } = useAnswer(
    `${creatorId} ${perPage}`,
    (signal) => listReplays({ page: 1, perPage, creatorId }, signal),
    POLL_MS,
  );
  const [edited, setEdited] = useState<Replay | null>(null);
  const [doomed, setDoomed] = useState<Replay | null>(null);
  if (answer.status === 'loading') return <PageLoading />;
  if (answer.status === 'failed') {
    return <AnswerProblem title="Your replays do not load" message={answer.message} onRetry={refresh} />;
  }
  const { items, pagination } = answer.value;
  if (items.length === 0) return <NoReplays />;
  return (
    <>
      <ul className={styles.list}>
        {items.map((replay) => (
          <ReplayRow
            key={replay.id}
            replay={replay}
            onEdit={() => setEdited(replay)}
            onDelete={() => setDoomed(replay)}
          />
        ))}
      </ul>
      {pagination.total > items.length && (
        <Button className={styles.more} onClick={() => setPerPage(perPage + PAGE)}>
          Show earlier
        </Button>
      )}
      {edited !== null && (
        <EditReplay
          replay={edited}
          onClose={() => setEdited(null)}
          onSaved={() => {
            setEdited(null);
            refresh();
          }}
        />
      )}
      {doomed !== null && (
        <ConfirmDialog
          title="Delete this replay?"
          yes="Delete it"
          no="Keep it"
          onClose={() => setDoomed(null)}
          onYes={async () => {
            await deleteReplay(doomed.id);
            refresh();
          }}
        >
          <p>“{doomed.title}” goes with everything that was recorded of it. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function NoReplays() {
  return (
    <Empty title="Nothing recorded yet">
      <p>
        Switch “Record” on while you are live, or before, and the stream is here the moment it begins. You decide who
        may see it, and for how long it is kept.
      </p>
      <ButtonLink to="/studio">Open the studio</ButtonLink>
    </Empty>
  );
}
