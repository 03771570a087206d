import { useState } from 'react';

import { deleteRecording } from '@/api/library/delete-recording';
import { getCueSheet } from '@/api/library/get-cue-sheet';
import type { Recording } from '@/api/library/types';
import { Button } from '@/components/Button';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { Icon } from '@/components/Icon';
import { formatElapsed } from '@/lib/format';
import { formatBytes } from '@/lib/upload/audio-file';

import emptyStyles from './EmptyList.module.css';
import { recordingName } from './file-name';
import styles from './RecordingsPanel.module.css';
import { saveFile, saveFrom } from './save-file';
import { useRecordings } from './useRecordings';

const when = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

interface RecordingsPanelProps {
  /** Runs a request; what it refuses is said. */
  attempt: (act: () => Promise<void>) => void;
  say: (text: string) => void;
  /** The storage is not what it was. */
  onGone: () => void;
}

/** The mixes that were recorded, to be taken home. */
export function RecordingsPanel({ attempt, say, onGone }: RecordingsPanelProps) {
  const recordings = useRecordings();
  const [doomed, setDoomed] = useState<Recording | null>(null);
  const { items, problem } = recordings;
  if (problem !== null && items === null) {
    return (
      <div className={styles.message} role="alert">
        <p>{problem}</p>
        <Button onClick={recordings.refresh}>Try again</Button>
      </div>
    );
  }
  if (items === null) return <p className={styles.message}>Loading</p>;
  if (items.length === 0) {
    return (
      <div className={emptyStyles.empty} data-testid="recordings-empty">
        <p className={emptyStyles.title}>Nothing is recorded yet</p>
        <p>
          Press REC at the top of the booth, on air or off. The mix is kept as FLAC with a cue sheet of its tracks, and
          stands here a moment after you stop.
        </p>
      </div>
    );
  }
  return (
    <div className={styles.recordings} data-testid="recordings">
      {problem !== null && <p role="alert">{problem}</p>}
      <ul>
        {items.map((recording) => (
          <li key={recording.id} data-testid="recorded-mix">
            <p className={styles.what}>
              <b>{titleOf(recording)}</b>
              <time dateTime={recording.startedAt}>{when.format(Date.parse(recording.startedAt))}</time>
            </p>
            <p className={styles.size}>
              <span>
                <span className="visually-hidden">Length </span>
                {formatElapsed(recording.durationS)}
              </span>
              <span>{formatBytes(recording.bytes)}</span>
            </p>
            <p className={styles.actions}>
              <Button
                size="small"
                aria-label={`Download ${titleOf(recording)} as FLAC`}
                data-testid="recording-flac"
                onClick={() => attempt(async () => saveFrom(await recordings.link(recording), recordingName(recording, 'flac')))}
              >
                <Icon name="download" /> FLAC
              </Button>
              <Button
                size="small"
                kind="ghost"
                aria-label={`Download the cue sheet of ${titleOf(recording)}`}
                data-testid="recording-cue"
                onClick={() =>
                  attempt(async () => saveFile(await getCueSheet(recording.id), recordingName(recording, 'cue')))
                }
              >
                Cue sheet
              </Button>
              <Button
                size="small"
                kind="ghost"
                aria-label={`Delete ${titleOf(recording)}`}
                data-testid="recording-delete"
                onClick={() => setDoomed(recording)}
              >
                <Icon name="trash" />
              </Button>
            </p>
          </li>
        ))}
      </ul>
      {items.length < recordings.total && (
        <Button size="small" onClick={recordings.more}>
          Show earlier
        </Button>
      )}
      {doomed !== null && (
        <ConfirmDialog
          title="Delete recording?"
          yes="Delete"
          no="Keep it"
          onClose={() => setDoomed(null)}
          onYes={async () => {
            await deleteRecording(doomed.id);
            say('The recording is deleted.');
            recordings.refresh();
            onGone();
          }}
        >
          <p>
            {titleOf(doomed)} of {when.format(Date.parse(doomed.startedAt))} goes with its cue sheet. This cannot be
            undone.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}

function titleOf(recording: Recording): string {
  return recording.streamTitle === '' ? 'Untitled set' : recording.streamTitle;
}
