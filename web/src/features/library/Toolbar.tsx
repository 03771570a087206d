import { useEffect, useEffectEvent, useId, useState, type ReactNode, type RefObject } from 'react';

import type { TrackStatus } from '@/api/library/types';
import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';

import styles from './Toolbar.module.css';
import { CAMELOTS, countFilters, NO_WISHES, type Wishes } from './wishes';

const TYPING_MS = 200;

interface ToolbarProps {
  search: RefObject<HTMLInputElement | null>;
  tools: ReactNode;
  wishes: Wishes;
  /** False where the list is in an order of its own and shown whole. */
  canFilter: boolean;
  hasDesk: boolean;
  queueLength: number;
  isQueueOpen: boolean;
  onWish: (wishes: Wishes) => void;
  onUpload: () => void;
  onQueue: () => void;
  /** From the search down into the list. */
  onEnterList: () => void;
}

/** Search, filters, upload, and the door to the queue. */
export function Toolbar({
  search,
  tools,
  wishes,
  canFilter,
  hasDesk,
  queueLength,
  isQueueOpen,
  onWish,
  onUpload,
  onQueue,
  onEnterList,
}: ToolbarProps) {
  const [isOpen, setOpen] = useState(false);
  const filtersId = useId();
  const [typed, setTyped] = useState(wishes.search);
  const [applied, setApplied] = useState(wishes.search);
  if (applied !== wishes.search) {
    setApplied(wishes.search);
    // The search was changed by other means, such as clearing the filters.
    if (typed.trim() !== wishes.search) setTyped(wishes.search);
  }
  const look = useEffectEvent((words: string) => onWish({ ...wishes, search: words }));
  useEffect(() => {
    if (typed.trim() === applied) return;
    const timer = setTimeout(() => look(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, applied]);
  const count = countFilters(wishes);
  return (
    <div className={styles.bar}>
      <div className={styles.line}>
        <div role="search" className={styles.search}>
          <Icon name="search" />
          <input
            ref={search}
            type="search"
            value={typed}
            maxLength={100}
            disabled={!canFilter}
            placeholder="Search your tracks"
            title="In title, artist, album and genre"
            aria-label="Search your tracks"
            data-testid="library-search"
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
              event.preventDefault();
              onEnterList();
            }}
          />
        </div>
        {canFilter && (
          <Button
            size="small"
            aria-expanded={isOpen}
            aria-controls={filtersId}
            aria-label={count > 0 ? `Filters, ${count} on` : 'Filters'}
            onClick={() => setOpen(!isOpen)}
            data-testid="filters"
          >
            <Icon name="filter" />
            <span className={styles.word}>Filters</span>
            {count > 0 && <b className={styles.count}>{count}</b>}
          </Button>
        )}
        <span className={styles.space} />
        {tools !== undefined && <span className={styles.tools}>{tools}</span>}
        <Button size="small" kind="primary" aria-label="Upload tracks" onClick={onUpload} data-testid="upload">
          <Icon name="upload" />
          <span className={styles.word}>Upload</span>
        </Button>
        <Button
          size="small"
          aria-pressed={isQueueOpen}
          aria-label={`Queue, ${queueLength}`}
          onClick={onQueue}
          data-testid="queue-toggle"
        >
          <Icon name="list" />
          <span className={styles.word}>Queue</span>
          {queueLength > 0 && <b className={styles.count}>{queueLength}</b>}
        </Button>
      </div>
      {isOpen && canFilter && <Filters id={filtersId} wishes={wishes} hasDesk={hasDesk} onWish={onWish} />}
    </div>
  );
}

function Filters({
  id,
  wishes,
  hasDesk,
  onWish,
}: {
  id: string;
  wishes: Wishes;
  hasDesk: boolean;
  onWish: (wishes: Wishes) => void;
}) {
  const set = (changes: Partial<Wishes>): void => onWish({ ...wishes, ...changes });
  return (
    <div id={id} className={styles.filters} role="group" aria-label="Filters">
      <label>
        Key
        <select value={wishes.key} onChange={(event) => set({ key: event.target.value })}>
          <option value="any">Any</option>
          {hasDesk && <option value="fits">Goes with what plays</option>}
          {CAMELOTS.map((camelot) => (
            <option key={camelot}>{camelot}</option>
          ))}
        </select>
      </label>
      <label>
        BPM from
        <input
          inputMode="decimal"
          size={4}
          maxLength={6}
          value={wishes.bpmMin}
          onChange={(event) => set({ bpmMin: event.target.value })}
        />
      </label>
      <label>
        to
        <input
          inputMode="decimal"
          size={4}
          maxLength={6}
          value={wishes.bpmMax}
          onChange={(event) => set({ bpmMax: event.target.value })}
        />
      </label>
      <label>
        Genre
        <input
          size={10}
          maxLength={100}
          value={wishes.genre}
          onChange={(event) => set({ genre: event.target.value })}
        />
      </label>
      <label>
        State
        <select value={wishes.status} onChange={(event) => set({ status: event.target.value as TrackStatus | 'any' })}>
          <option value="any">Any</option>
          <option value="ready">Ready</option>
          <option value="processing">In work</option>
          <option value="held">Held</option>
          <option value="rejected">Rejected</option>
        </select>
      </label>
      {countFilters(wishes) > 0 && (
        <Button size="small" kind="ghost" onClick={() => onWish({ ...NO_WISHES, search: wishes.search })}>
          Clear
        </Button>
      )}
    </div>
  );
}
