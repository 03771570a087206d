import { useEffect, useEffectEvent, useMemo, useRef, useState, type ReactNode } from 'react';

import { getStorage } from '@/api/library/get-storage';
import type { Track } from '@/api/library/types';
import { Button } from '@/components/Button';
import { useUser } from '@/components/session';
import { useSurface } from '@/lib/controls/context';
import type { LibraryRequest } from '@/lib/controls/control';
import { plural } from '@/lib/format';
import { useDesk } from '@/lib/mix/desk-port';
import { AUDIO_ACCEPT, formatBytes } from '@/lib/upload/audio-file';

import { EmptyList } from './EmptyList';
import { decksOf, idsOnDecks, keysPlaying } from './desk-facts';
import type { GridAct } from './grid-keys';
import { HistoryPanel } from './HistoryPanel';
import { LibraryDialogs, type Question } from './LibraryDialogs';
import styles from './LibraryPanel.module.css';
import { isSamePlace, type Place } from './places';
import { PreviewBar } from './PreviewBar';
import { QueuePanel } from './QueuePanel';
import { RecordingsPanel } from './RecordingsPanel';
import { Sidebar } from './Sidebar';
import { Toolbar } from './Toolbar';
import { TrackMenu } from './TrackMenu';
import { TrackGrid, type Point, type Sorting } from './TrackGrid';
import { findTrack, rowAt, tracksHere } from './track-rows';
import { UploadTray } from './UploadTray';
import { useFileDrop } from './useFileDrop';
import { useLibraryNews } from './useLibraryNews';
import { useLists } from './useLists';
import { useNote } from './useNote';
import { usePolled } from './usePolled';
import { usePreview } from './usePreview';
import { useQueue } from './useQueue';
import { useTrackActions } from './useTrackActions';
import { useTrackRows, type TrackSource } from './useTrackRows';
import { useUploads } from './useUploads';
import { countFilters, filterOf, NO_WISHES } from './wishes';

const whole = new Intl.NumberFormat('en');
const STORAGE_POLL_MS = 60_000;
const PLACE_NAMES = { all: 'All tracks', history: 'History', recordings: 'Recordings', crate: 'Crate', playlist: 'Playlist' };

/**
 * The DJ's tracks, for a page of their own or beside the decks: it fills whatever holds it. `tools` stand in its toolbar.
 */
export function LibraryPanel({ tools }: { tools?: ReactNode }) {
  const user = useUser();
  return user === null ? null : <Library key={user.id} userId={user.id} tools={tools} />;
}

function Library({ userId, tools }: { userId: string; tools: ReactNode }) {
  const [place, setPlace] = useState<Place>({ kind: 'all' });
  const [wishes, setWishes] = useState(NO_WISHES);
  const [sorting, setSorting] = useState<Sorting>({ sort: 'uploadDate', order: 'desc' });
  const [chosen, setChosen] = useState(0);
  const [isQueueOpen, setQueueOpen] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const [menu, setMenu] = useState<{ track: Track; index: number; at: Point } | null>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const panel = useRef<HTMLElement>(null);

  const playingKeys = useDesk(keysPlaying) ?? '';
  const onDecks = useDesk(idsOnDecks) ?? '';
  const deckCount = useDesk((desk) => desk.decks.length) ?? 0;
  const { note, say } = useNote();
  const lists = useLists();
  const queue = useQueue();
  const [storage, refreshStorage] = usePolled(getStorage, STORAGE_POLL_MS);
  const use = storage.status === 'ready' ? storage.value : null;

  const filter = JSON.stringify(filterOf(wishes, place, sorting, playingKeys));
  const source = useMemo<TrackSource>(
    () =>
      place.kind === 'playlist'
        ? { kind: 'playlist', id: place.id }
        : { kind: 'tracks', filter: JSON.parse(filter) as ReturnType<typeof filterOf> },
    [place, filter],
  );
  const tracks = useTrackRows(source);
  const { rows } = tracks;
  const uploads = useUploads(userId, use === null ? null : use.limitBytes - use.usedBytes, () => {
    tracks.refresh();
    refreshStorage();
  });
  const preview = usePreview((message) => say(message, 'bad'));
  const actions = useTrackActions({
    rows: tracks,
    queue,
    say,
    onCountsChanged: () => {
      lists.refresh();
      refreshStorage();
    },
  });
  useLibraryNews({
    inWork: tracksHere(rows)
      .filter(({ status }) => status === 'processing')
      .map(({ id }) => id),
    onTrack: (track) => {
      if (findTrack(rows, track.id) === null) tracks.refresh();
      else tracks.replace(track);
      if (track.status !== 'processing') refreshStorage();
    },
    onGone: tracks.remove,
  });
  // A mix takes what it plays out of the queue.
  const { refresh: refreshQueue } = queue;
  useEffect(() => refreshQueue(), [onDecks, refreshQueue]);

  const total = rows.status === 'ready' ? rows.total : 0;
  const mark = Math.min(chosen, Math.max(0, total - 1));
  const track = rowAt(rows, mark);
  const enterList = (): void => panel.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();

  const obey = useEffectEvent((request: LibraryRequest) => {
    if (request.library === 'move') setChosen(Math.min(Math.max(0, total - 1), Math.max(0, mark + request.steps)));
    else if (request.library === 'search') searchField.current?.focus();
    else if (track === undefined) say('No track is chosen.', 'bad');
    else if (request.library === 'load') actions.load(track, request.deck);
    else actions.enqueue(track.id, track.title);
  });
  const surface = useSurface();
  useEffect(() => surface?.onLibraryRequest((request) => obey(request)), [surface]);

  const act = (wanted: GridAct, on: Track, at: Point): void => {
    switch (wanted.do) {
      case 'load':
        actions.load(on, wanted.deck);
        break;
      case 'queue':
        if (on.status === 'ready') actions.enqueue(on.id, on.title);
        else say(`${on.title} is not ready to be played.`, 'bad');
        break;
      case 'preview':
        if (on.status === 'ready') preview.toggle(on);
        break;
      case 'delete':
        setQuestion({ ask: 'delete', track: on });
        break;
      case 'menu': {
        const index = rowIndexOf(rows, on, mark);
        setMenu({ track: on, index, at });
      }
    }
  };
  const moveTrack = (playlistId: string, from: number, to: number): void => {
    actions.moveInPlaylist(playlistId, from, to);
    setChosen(to);
    say(`${rowAt(rows, from)?.title ?? 'The track'} is now ${to + 1} of ${total}.`);
  };
  const go = (to: Place): void => {
    setPlace(to);
    setChosen(0);
  };
  const sortBy = (sort: Sorting['sort']): void => {
    const isNewestFirst = sort === 'uploadDate' || sort === 'playCount';
    setSorting((before) =>
      before.sort === sort
        ? { sort, order: before.order === 'asc' ? 'desc' : 'asc' }
        : { sort, order: isNewestFirst ? 'desc' : 'asc' },
    );
    setChosen(0);
  };
  const addFiles = (files: Iterable<File>): void => {
    const turnedAway = uploads.queue.add(files);
    if (turnedAway > 0)
      say(`${plural(turnedAway, 'file')} had no place on the list. Add them when some are through.`, 'bad');
  };
  const { isOver, ...drop } = useFileDrop(addFiles);
  const pick = (): void => picker.current?.click();
  const isNarrowed = place.kind !== 'playlist' && (wishes.search !== '' || countFilters(wishes) > 0);

  return (
    <section ref={panel} className={styles.panel} aria-label="Library" data-testid="library" {...drop}>
      <div className={styles.inside}>
        <Sidebar
          lists={lists}
          storage={use}
          place={place}
          onGo={go}
          onNew={(kind) => setQuestion({ ask: 'new', kind, track: null })}
          onRename={(list, name) => setQuestion({ ask: 'rename', list, name })}
          onDelete={(list, name) => setQuestion({ ask: 'delete-list', list, name })}
          onDropTrack={actions.addTo}
        />
        <div className={styles.main}>
          <Toolbar
            search={searchField}
            tools={tools}
            wishes={wishes}
            canFilter={place.kind === 'all' || place.kind === 'crate'}
            hasDesk={deckCount > 0}
            queueLength={queue.state.status === 'ready' ? queue.state.value.length : 0}
            isQueueOpen={isQueueOpen}
            onWish={(wanted) => {
              setWishes(wanted);
              setChosen(0);
            }}
            onUpload={pick}
            onQueue={() => setQueueOpen(!isQueueOpen)}
            onEnterList={enterList}
          />
          {place.kind === 'history' ? (
            <HistoryPanel />
          ) : place.kind === 'recordings' ? (
            <RecordingsPanel attempt={actions.attempt} say={say} onGone={refreshStorage} />
          ) : rows.status === 'loading' ? (
            <div className={styles.loading} role="status">
              <span className="visually-hidden">Loading your tracks</span>
              {Array.from({ length: 8 }, (_, index) => (
                <i key={index} />
              ))}
            </div>
          ) : rows.status === 'failed' ? (
            <div className={styles.failed} role="alert">
              <p>{rows.message}</p>
              <Button onClick={tracks.refresh}>Try again</Button>
            </div>
          ) : total === 0 ? (
            <EmptyList place={place} isNarrowed={isNarrowed} onUpload={pick} onWiden={() => setWishes(NO_WISHES)} />
          ) : (
            <TrackGrid
              label={PLACE_NAMES[place.kind]}
              rows={rows}
              sorting={place.kind === 'playlist' ? null : sorting}
              chosen={mark}
              previewing={preview.track?.id ?? null}
              decksOf={(trackId) => decksOf(onDecks, trackId)}
              playingKeys={playingKeys}
              onLook={tracks.look}
              onSort={sortBy}
              onChoose={setChosen}
              onAct={act}
              onMove={place.kind === 'playlist' ? (from, to) => moveTrack(place.id, from, to) : null}
            />
          )}
          <PreviewBar preview={preview} />
          <UploadTray uploads={uploads} onPick={pick} />
          <footer className={styles.foot}>
            <p role="status" data-tone={note?.tone} data-testid="library-note">
              {note?.text ?? ''}
            </p>
            {rows.status === 'ready' && place.kind !== 'history' && place.kind !== 'recordings' && (
              <p className={styles.count}>
                {rows.isStale && <b>This list may be out of date. </b>}
                {whole.format(rows.total)} {rows.total === 1 ? 'track' : 'tracks'}
                {use !== null && (
                  <span className={styles.room}>
                    , {formatBytes(use.usedBytes)} of {formatBytes(use.limitBytes)}
                  </span>
                )}
              </p>
            )}
          </footer>
        </div>
        {isQueueOpen && (
          <QueuePanel
            queue={queue}
            attempt={actions.attempt}
            onDropTrack={actions.enqueue}
            onClose={() => setQueueOpen(false)}
          />
        )}
      </div>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        accept={AUDIO_ACCEPT}
        data-testid="file-picker"
        onChange={(event) => {
          addFiles([...(event.target.files ?? [])]);
          // The same file can be chosen again.
          event.target.value = '';
        }}
      />
      {isOver && (
        <div className={styles.over} aria-hidden="true">
          <span>Drop your tracks</span>
        </div>
      )}
      {menu !== null && (
        <TrackMenu
          {...menu}
          total={total}
          place={place}
          deckCount={deckCount}
          actions={actions}
          isPreviewing={preview.track?.id === menu.track.id}
          onClose={() => setMenu(null)}
          onPreview={() => preview.toggle(menu.track)}
          onAsk={setQuestion}
          onUpload={pick}
        />
      )}
      {question !== null && (
        <LibraryDialogs
          question={question}
          lists={lists}
          actions={actions}
          onAsk={setQuestion}
          onClose={() => setQuestion(null)}
          onSaved={(saved) => {
            tracks.replace(saved);
            say(`${saved.title} is saved.`);
          }}
          onAnalysing={() => {
            say('It is being analysed again.');
            tracks.refresh();
          }}
          onListGone={(list) => {
            if (isSamePlace(place, list)) go({ kind: 'all' });
          }}
        />
      )}
    </section>
  );
}

/** The row of a track that was just acted on: the marked one, where it stands more than once. */
function rowIndexOf(rows: ReturnType<typeof useTrackRows>['rows'], track: Track, mark: number): number {
  if (rowAt(rows, mark)?.id === track.id || rows.status !== 'ready') return mark;
  const index = Array.from({ length: rows.total }, (_, at) => at).find((at) => rowAt(rows, at)?.id === track.id);
  return index ?? mark;
}
