import { useEffect, useState, type SubmitEvent } from 'react';

import { analyseTrack } from '@/api/library/analyse-track';
import { editTrack, type TrackChanges } from '@/api/library/edit-track';
import { getTrack } from '@/api/library/get-track';
import { putCover } from '@/api/library/put-cover';
import type { Track } from '@/api/library/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { TextArea, TextField } from '@/components/Field';
import { fieldErrors, type FieldErrors } from '@/lib/field-errors';
import { ApiError } from '@/lib/http';

import { Cover } from './Cover';
import { covers } from './covers';
import styles from './EditDialog.module.css';
import { draftOf, changesOf, scaledBpm, type Draft } from './track-draft';

const MAX_COVER_BYTES = 5 * 1024 * 1024;

/** A cover that was chosen, and where it can be seen. */
interface Picture {
  file: File;
  url: string;
}

interface EditDialogProps {
  track: Track;
  onClose: () => void;
  onSaved: (track: Track) => void;
  onAnalysing: () => void;
}

/** What the library says of a track, to be put right. */
export function EditDialog({ track, onClose, onSaved, onAnalysing }: EditDialogProps) {
  const [draft, setDraft] = useState(() => draftOf(track));
  const [picture, setPicture] = useState<Picture | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [fields, setFields] = useState<FieldErrors>({});
  const set = (changes: Partial<Draft>): void => setDraft((before) => ({ ...before, ...changes }));

  const attempt = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    setFields({});
    try {
      await act();
      onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFields(fieldErrors(error));
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    const { changes, errors } = changesOf(track, draft);
    if (Object.keys(errors).length > 0) {
      setFields(errors);
      return;
    }
    void attempt(async () => onSaved(await saveTrack(track, changes, picture?.file ?? null)));
  };

  return (
    <Dialog
      isOpen
      title="Edit track"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="edit-track" busy={isBusy} data-testid="save-track">
            Save
          </Button>
        </>
      }
    >
      <form id="edit-track" className={styles.form} onSubmit={save} noValidate>
        <CoverField track={track} picture={picture} onPick={setPicture} onProblem={setProblem} />
        <TextField
          label="Title"
          value={draft.title}
          maxLength={200}
          error={fields.title}
          onChange={(event) => set({ title: event.target.value })}
        />
        <TextField
          label="Artist"
          value={draft.artist}
          maxLength={200}
          error={fields.artist}
          onChange={(event) => set({ artist: event.target.value })}
        />
        <div className={styles.pair}>
          <TextField
            label="Album"
            value={draft.album}
            maxLength={200}
            error={fields.album}
            onChange={(event) => set({ album: event.target.value })}
          />
          <TextField
            label="Genre"
            value={draft.genre}
            maxLength={100}
            error={fields.genre}
            onChange={(event) => set({ genre: event.target.value })}
          />
        </div>
        <div className={styles.tempo}>
          <TextField
            label="Year"
            inputMode="numeric"
            value={draft.year}
            maxLength={4}
            error={fields.year}
            onChange={(event) => set({ year: event.target.value })}
          />
          <TextField
            label="BPM"
            inputMode="decimal"
            value={draft.bpm}
            maxLength={7}
            error={fields.bpm}
            onChange={(event) => set({ bpm: event.target.value })}
          />
          <Button size="small" onClick={() => set({ bpm: scaledBpm(draft.bpm, 0.5) })} aria-label="Halve the tempo">
            ÷2
          </Button>
          <Button size="small" onClick={() => set({ bpm: scaledBpm(draft.bpm, 2) })} aria-label="Double the tempo">
            ×2
          </Button>
        </div>
        <TextArea
          label="Comment"
          rows={2}
          value={draft.comment}
          maxLength={1000}
          error={fields.comment}
          onChange={(event) => set({ comment: event.target.value })}
        />
        <p className={styles.again}>
          <span>Tempo, beat grid, key and loudness can be measured anew.</span>
          <Button
            size="small"
            busy={isBusy}
            onClick={() =>
              void attempt(async () => {
                await analyseTrack(track.id);
                onAnalysing();
              })
            }
          >
            Analyse again
          </Button>
        </p>
        {problem !== null && (
          <p role="alert" className={styles.problem}>
            {problem}
          </p>
        )}
      </form>
    </Dialog>
  );
}

async function saveTrack(track: Track, changes: TrackChanges, picture: File | null): Promise<Track> {
  if (picture !== null) {
    await putCover(track.id, picture);
    covers.forget(track.id);
  }
  return Object.keys(changes).length > 0 ? editTrack(track.id, changes) : getTrack(track.id);
}

interface CoverFieldProps {
  track: Track;
  picture: Picture | null;
  onPick: (picture: Picture) => void;
  onProblem: (problem: string | null) => void;
}

function CoverField({ track, picture, onPick, onProblem }: CoverFieldProps) {
  useEffect(() => () => URL.revokeObjectURL(picture?.url ?? ''), [picture]);
  const choose = (file: File | undefined): void => {
    if (file === undefined) return;
    const isTooLarge = file.size > MAX_COVER_BYTES;
    onProblem(isTooLarge ? 'A cover may have 5 MB.' : null);
    if (!isTooLarge) onPick({ file, url: URL.createObjectURL(file) });
  };
  return (
    <div className={styles.picture}>
      <span className={styles.frame}>
        {picture === null ? <Cover track={track} /> : <img src={picture.url} alt="" />}
      </span>
      <label className={styles.choose}>
        <input
          type="file"
          className="visually-hidden"
          accept="image/jpeg,image/png,image/webp"
          onChange={(event) => choose(event.target.files?.[0])}
        />
        Choose a cover
      </label>
    </div>
  );
}
