import { memo } from 'react';

import type { Track } from '@/api/library/types';
import { Icon } from '@/components/Icon';
import { formatElapsed } from '@/lib/format';
import { isCompatible } from '@/lib/mix/camelot';

import { gridRating } from './columns';
import { Cover } from './Cover';
import styles from './TrackRow.module.css';

const days = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: '2-digit' });
const RATINGS = ['', 'doubtful', 'fair', 'sure'];

interface TrackRowProps {
  track: Track;
  /** From 0. */
  index: number;
  id: string;
  isChosen: boolean;
  isPreviewing: boolean;
  /** Counted from 1; empty when it is on no deck. */
  decks: string;
  /** The keys of what plays, "8A 3B". */
  playingKeys: string;
}

/** One track of the list. What is done with it is heard by the grid around it. */
export const TrackRow = memo(function TrackRow({
  track,
  index,
  id,
  isChosen,
  isPreviewing,
  decks,
  playingKeys,
}: TrackRowProps) {
  const isReady = track.status === 'ready';
  const fits = playingKeys.split(' ').some((key) => isCompatible(key, track.camelot));
  const rating = gridRating(track);
  return (
    <div
      id={id}
      className={[styles.row, isChosen && styles.chosen, !isReady && styles.notReady].filter(Boolean).join(' ')}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      draggable={isReady}
      data-row={index}
      data-track={track.id}
      data-status={track.status}
      data-testid="track-row"
    >
      <span role="gridcell" className={styles.cover}>
        <Cover track={track} />
        {isReady && (
          <button
            type="button"
            tabIndex={-1}
            className={styles.preview}
            data-act="preview"
            data-on={isPreviewing || undefined}
            aria-label={isPreviewing ? `Stop listening to ${track.title}` : `Listen to ${track.title}`}
          >
            <Icon name={isPreviewing ? 'pause' : 'headphones'} />
          </button>
        )}
      </span>
      <span role="gridcell" className={styles.title}>
        <span className={styles.name} title={track.title}>
          {track.title}
        </span>
        {decks !== '' && <span className={styles.deck}>{decks}</span>}
        <span className={styles.under}>{isReady ? track.artist : <Status track={track} />}</span>
      </span>
      <span role="gridcell" className={styles.artist}>
        {isReady ? <span title={track.artist}>{track.artist}</span> : <Status track={track} />}
      </span>
      <span role="gridcell" className={styles.bpm}>
        {track.bpm === null ? '–' : track.bpm.toFixed(1)}
      </span>
      <span role="gridcell" className={styles.key}>
        {track.camelot !== null && (
          <span
            className={fits ? styles.fits : undefined}
            title={fits ? `${track.key ?? ''}: goes with what plays` : (track.key ?? undefined)}
          >
            {track.camelot}
            {fits && <span className="visually-hidden"> goes with what plays</span>}
          </span>
        )}
      </span>
      <span role="gridcell" className={styles.time}>
        {track.durationS === null ? '–' : formatElapsed(Math.round(track.durationS))}
      </span>
      <span role="gridcell" className={styles.grid}>
        {rating !== null && (
          <span className={styles.rating} data-rating={rating} title={`Beat grid: ${RATINGS[rating] ?? ''}`}>
            <i />
            <i />
            <i />
            <span className="visually-hidden">{RATINGS[rating]}</span>
          </span>
        )}
      </span>
      <span role="gridcell" className={styles.genre}>
        {track.genre}
      </span>
      <span role="gridcell" className={styles.added}>
        {days.format(Date.parse(track.uploadDate))}
      </span>
      <span role="gridcell" className={styles.plays}>
        {track.playCount}
      </span>
      <span role="gridcell" className={styles.more}>
        <button
          type="button"
          tabIndex={-1}
          className={styles.menu}
          data-act="menu"
          aria-label={`Actions for ${track.title}`}
          aria-haspopup="menu"
        >
          <Icon name="more" />
        </button>
      </span>
    </div>
  );
});

/** What stands where the artist would, until a track is ready. */
function Status({ track }: { track: Track }) {
  switch (track.status) {
    case 'processing':
      return (
        <span className={styles.working} role="status">
          <i aria-hidden="true" />
          Checking and analysing
        </span>
      );
    case 'held':
      return (
        <span className={styles.held} title={track.problem?.message}>
          Held: {track.problem?.message}
        </span>
      );
    case 'rejected':
      return (
        <span className={styles.rejected} title={track.problem?.message}>
          Rejected: {track.problem?.message}
        </span>
      );
    case 'ready':
      return null;
  }
}
