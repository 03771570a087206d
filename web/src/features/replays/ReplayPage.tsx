import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';

import { deleteReplay } from '@/api/replays/delete-replay';
import type { Replay } from '@/api/replays/types';
import { watchReplay } from '@/api/replays/watch-replay';
import { AnswerProblem } from '@/components/AnswerProblem';
import { Button, ButtonLink } from '@/components/Button';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { CopyLink } from '@/components/CopyLink';
import { Icon } from '@/components/Icon';
import { FullPageMessage, PageLoading, useTitle } from '@/components/Page';
import { useUser } from '@/components/session';
import { useAnswer } from '@/components/useAnswer';
import { formatMoment } from '@/lib/dates';

import { Chapters } from './Chapters';
import { DownloadReplay } from './DownloadReplay';
import { EditReplay } from './EditReplay';
import { MoreReplays } from './MoreReplays';
import styles from './ReplayPage.module.css';
import { ReplayPlayer } from './ReplayPlayer';

export default function ReplayPage() {
  const { id = '' } = useParams();
  const userId = useUser()?.id ?? null;
  // What is private is there for another person, or not.
  return <OneReplay key={`${id} ${userId ?? ''}`} id={id} userId={userId} />;
}

function OneReplay({ id, userId }: { id: string; userId: string | null }) {
  const { answer, refresh } = useAnswer(id, (signal) => watchReplay(id, signal));
  const title = answer.status === 'ready' ? `${answer.value.replay.title} · ${answer.value.replay.creatorName}` : 'Replay';
  useTitle(title);
  if (answer.status === 'loading') return <PageLoading />;
  if (answer.status === 'failed') {
    if (!NOT_THERE.has(answer.code)) {
      return (
        <div className={styles.page}>
          <AnswerProblem title="The replay does not load" message={answer.message} onRetry={refresh} />
        </div>
      );
    }
    return (
      <FullPageMessage
        title="No such replay"
        actions={
          <ButtonLink to="/" kind="primary">
            See who is live
          </ButtonLink>
        }
      >
        <p>It may have been deleted, or its creator keeps it to themselves.</p>
      </FullPageMessage>
    );
  }
  const { replay, playlistUrl } = answer.value;
  return <ReplayView replay={replay} playlistUrl={playlistUrl} isOwn={replay.creatorId === userId} onRenew={refresh} />;
}

const NOT_THERE = new Set(['REPLAY_NOT_FOUND', 'NOT_FOUND', 'VALIDATION_ERROR']);

interface ReplayViewProps {
  replay: Replay;
  playlistUrl: string;
  isOwn: boolean;
  onRenew: () => void;
}

function ReplayView({ replay: given, playlistUrl, isOwn, onRenew }: ReplayViewProps) {
  const [edited, setEdited] = useState<Replay | null>(null);
  const [seekTo, setSeekTo] = useState<{ at: number } | null>(null);
  const [question, setQuestion] = useState<'edit' | 'delete' | null>(null);
  const navigate = useNavigate();
  const replay = edited ?? given;
  return (
    <div className={styles.page}>
      <ReplayPlayer replay={replay} playlistUrl={playlistUrl} seekTo={seekTo} onRefused={onRenew} />
      <section className={styles.details} aria-label="About this replay">
        <div className={styles.head}>
          <h1>{replay.title}</h1>
          <p>
            {replay.state === 'recording' ? 'On now, since ' : ''}
            {formatMoment(replay.startedAt)}
            {replay.visibility === 'private' && (
              <span className={styles.private}>
                <Icon name="lock" /> Only you see it
              </span>
            )}
          </p>
        </div>
        <div className={styles.who}>
          <strong>{replay.creatorName}</strong>
          <div className={styles.tools}>
            {replay.state === 'recording' && (
              <ButtonLink to={`/watch/${replay.streamId}`} size="small" kind="primary">
                Watch live
              </ButtonLink>
            )}
            <CopyLink path={`/replay/${replay.id}`}>Copy link</CopyLink>
            {isOwn && (
              <>
                {replay.state !== 'recording' && <DownloadReplay replay={replay} />}
                <Button size="small" data-testid="replay-edit" onClick={() => setQuestion('edit')}>
                  <Icon name="edit" />
                  Edit
                </Button>
                <Button size="small" kind="ghost" aria-label="Delete this replay" onClick={() => setQuestion('delete')}>
                  <Icon name="trash" />
                </Button>
              </>
            )}
          </div>
        </div>
        {replay.description !== null && replay.description !== '' && (
          <p className={styles.description}>{replay.description}</p>
        )}
        {replay.chapters.length > 1 && (
          <Chapters chapters={replay.chapters} onChoose={(at) => setSeekTo({ at })} />
        )}
      </section>
      <MoreReplays creatorId={replay.creatorId} creatorName={replay.creatorName} exceptId={replay.id} />
      {question === 'edit' && (
        <EditReplay
          replay={replay}
          onClose={() => setQuestion(null)}
          onSaved={(saved) => {
            setEdited(saved);
            setQuestion(null);
          }}
        />
      )}
      {question === 'delete' && (
        <ConfirmDialog
          title="Delete this replay?"
          yes="Delete it"
          no="Keep it"
          onClose={() => setQuestion(null)}
          onYes={async () => {
            await deleteReplay(replay.id);
            await navigate('/replays');
          }}
        >
          <p>“{replay.title}” goes with everything that was recorded of it. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
