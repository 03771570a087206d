import { useId, useState, type DragEvent, type KeyboardEvent } from 'react';

import type { QueueEntry } from '@/api/library/types';
import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';
import { formatDuration, formatElapsed } from '@/lib/format';
import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Cover } from './Cover';
import styles from './QueuePanel.module.css';
import type { Queue } from './useQueue';
import { useTrackDrop } from './useTrackDrop';

const ENTRY_DRAG_TYPE = 'application/x-nrs-queue-entry';

interface QueuePanelProps {
  queue: Queue;
  /** Runs a request and says what it refused. */
  attempt: (act: () => Promise<void>) => void;
  onDropTrack: (trackId: string) => void;
  onClose: () => void;
}

/** What plays next when Auto-DJ plays: in order, to be put in another. */
export function QueuePanel({ queue, attempt, onDropTrack, onClose }: QueuePanelProps) {
  const headingId = useId();
  const drop = useTrackDrop(onDropTrack);
  const [said, setSaid] = useState('');
  const { state } = queue;
  const entries = state.status === 'ready' ? state.value : [];
  const lengthS = entries.reduce((sum, { track }) => sum + (track.durationS ?? 0), 0);
  const move = (from: number, to: number): void => {
    const title = entries[from]?.track.title;
    if (title === undefined || to < 0 || to >= entries.length) return;
    setSaid(`${title}, now ${to + 1} of ${entries.length}`);
    attempt(() => queue.move(from, to));
  };
  return (
    <section className={styles.panel} aria-labelledby={headingId} data-testid="queue-panel" {...drop}>
      <header>
        <h3 id={headingId}>Queue</h3>
        <span className={styles.length}>{entries.length > 0 && `${entries.length}, ${formatDuration(lengthS)}`}</span>
        <button type="button" className={styles.close} aria-label="Close the queue" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <AutoDj isEmpty={entries.length === 0} />
      {state.status === 'loading' && <p className={styles.empty}>Loading</p>}
      {state.status === 'failed' && (
        <div className={styles.empty} role="alert">
          <p>{state.message}</p>
          <Button size="small" onClick={queue.refresh}>
            Try again
          </Button>
        </div>
      )}
      {state.status === 'ready' && entries.length === 0 && (
        <p className={styles.empty}>Nothing is queued. Drag tracks here, or press Q on a track.</p>
      )}
      <ol className={styles.list}>
        {entries.map((entry, index) => (
          <Entry
            key={entry.id}
            entry={entry}
            index={index}
            isLast={index === entries.length - 1}
            onMove={(to) => move(index, to)}
            onDropEntry={(from) => move(from, index)}
            onRemove={() => attempt(() => queue.remove(entry.id))}
          />
        ))}
      </ol>
      {entries.length > 0 && (
        <Button size="small" kind="ghost" onClick={() => attempt(queue.clear)}>
          Clear the queue
        </Button>
      )}
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </section>
  );
}

/** Whether Auto-DJ plays, where there is a desk. */
function AutoDj({ isEmpty }: { isEmpty: boolean }) {
  const port = useDeskPort();
  const autoDj = useDesk((desk) => desk.autoDj);
  if (port === null || autoDj === undefined) return null;
  const state = !autoDj.on
    ? 'Auto-DJ is off'
    : autoDj.reason === 'nobody_here'
      ? 'Auto-DJ plays: nobody is in the booth'
      : isEmpty
        ? 'Auto-DJ is on, with nothing to play'
        : 'Auto-DJ plays';
  return (
    <div className={styles.auto} data-on={autoDj.on || undefined}>
      <span role="status">{state}</span>
      <Button size="small" aria-pressed={autoDj.on} onClick={() => port.send({ command: 'SetAutoDj', on: !autoDj.on })}>
        {autoDj.on ? 'Turn off' : 'Turn on'}
      </Button>
    </div>
  );
}

interface EntryProps {
  entry: QueueEntry;
  index: number;
  isLast: boolean;
  onMove: (to: number) => void;
  onDropEntry: (from: number) => void;
  onRemove: () => void;
}

function Entry({ entry, index, isLast, onMove, onDropEntry, onRemove }: EntryProps) {
  const [isOver, setOver] = useState(false);
  const isNext = useDesk((desk) => desk.autoDj.nextEntryId === entry.id) ?? false;
  const { track } = entry;
  const keydown = (event: KeyboardEvent): void => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    onMove(event.key === 'ArrowUp' ? index - 1 : index + 1);
  };
  const dragOver = (event: DragEvent): void => {
    if (!event.dataTransfer.types.includes(ENTRY_DRAG_TYPE)) return;
    event.preventDefault();
    setOver(true);
  };
  return (
    // The keys move what has the focus inside.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      className={styles.entry}
      draggable
      data-over={isOver || undefined}
      data-next={isNext || undefined}
      data-testid="queue-entry"
      onKeyDown={keydown}
      onDragStart={(event) => {
        event.dataTransfer.setData(ENTRY_DRAG_TYPE, String(index));
        event.dataTransfer.effectAllowed = 'move';
      }}
      onDragOver={dragOver}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        const from = event.dataTransfer.getData(ENTRY_DRAG_TYPE);
        if (from === '') return;
        event.preventDefault();
        event.stopPropagation();
        onDropEntry(Number(from));
      }}
    >
      <span className={styles.number}>{index + 1}</span>
      <span className={styles.cover}>
        <Cover track={track} />
      </span>
      <span className={styles.what}>
        <b>{track.title}</b>
        <small>
          {isNext && <em>Next. </em>}
          {track.artist}
        </small>
      </span>
      <span className={styles.facts}>
        {track.camelot}
        <small>{track.durationS === null ? '' : formatElapsed(Math.round(track.durationS))}</small>
      </span>
      <span className={styles.acts}>
        <button
          type="button"
          aria-label={`${track.title}: earlier`}
          disabled={index === 0}
          onClick={() => onMove(index - 1)}
        >
          <Icon name="arrow" />
        </button>
        <button type="button" aria-label={`${track.title}: later`} disabled={isLast} onClick={() => onMove(index + 1)}>
          <Icon name="arrow" />
        </button>
        <button type="button" aria-label={`${track.title}: out of the queue`} onClick={onRemove}>
          <Icon name="close" />
        </button>
      </span>
    </li>
  );
}
