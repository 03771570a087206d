import {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type CSSProperties,
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
} from 'react';

import type { TrackSort } from '@/api/library/list-tracks';
import type { Track } from '@/api/library/types';
import { TRACK_DRAG_TYPE } from '@/lib/mix/desk-port';

import { COLUMNS } from './columns';
import { gridKey, type GridAct } from './grid-keys';
import styles from './TrackGrid.module.css';
import { TrackRow } from './TrackRow';
import { rowAt, type TrackRows } from './track-rows';
import { useRowOrder } from './useRowOrder';
import { scrollToRow, seenRows } from './window';

const ROW_PX = 44;
/** In a low list: more of it is seen. */
const DENSE_ROW_PX = 34;
const LOW_PX = 320;
/** Rows of two lines, for fingers. */
const NARROW_ROW_PX = 60;
const NARROW_PX = 46 * 16;

export interface Sorting {
  sort: TrackSort;
  order: 'asc' | 'desc';
}

export interface Point {
  x: number;
  y: number;
}

interface TrackGridProps {
  label: string;
  rows: TrackRows & { status: 'ready' };
  /** Null where the list has an order of its own. */
  sorting: Sorting | null;
  chosen: number;
  previewing: string | null;
  /** Which decks, counted from 1, a track is on. */
  decksOf: (trackId: string) => string;
  playingKeys: string;
  onLook: (first: number, last: number) => void;
  onSort: (sort: TrackSort) => void;
  onChoose: (index: number) => void;
  onAct: (act: GridAct, track: Track, place: Point) => void;
  /** Null where rows cannot be put in another order. */
  onMove: ((from: number, to: number) => void) | null;
}

/** The list of tracks: only the rows in view are drawn, and the keyboard moves one mark over all of them. */
export function TrackGrid({
  label,
  rows,
  sorting,
  chosen,
  previewing,
  decksOf,
  playingKeys,
  onLook,
  onSort,
  onChoose,
  onAct,
  onMove,
}: TrackGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const prefix = useId();
  const order = useRowOrder(onMove);
  const [view, setView] = useState({ scrollPx: 0, heightPx: 600, rowPx: ROW_PX });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = (): void => {
      const isLow = element.clientHeight < LOW_PX && window.matchMedia('(pointer: fine)').matches;
      const rowPx = element.clientWidth <= NARROW_PX ? NARROW_ROW_PX : isLow ? DENSE_ROW_PX : ROW_PX;
      const heightPx = Math.max(rowPx, element.clientHeight - (head.current?.offsetHeight ?? 0));
      setView((before) =>
        before.rowPx === rowPx && before.heightPx === heightPx && before.scrollPx === element.scrollTop
          ? before
          : { rowPx, heightPx, scrollPx: element.scrollTop },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const { first, end } = seenRows(rows.total, view.rowPx, view.scrollPx, view.heightPx);
  useEffect(() => onLook(first, Math.max(first, end - 1)), [first, end, onLook]);

  const { rowPx, heightPx } = view;
  useEffect(() => {
    const element = scroller.current;
    if (element !== null) element.scrollTop = scrollToRow(chosen, rowPx, element.scrollTop, heightPx);
  }, [chosen, rowPx, heightPx]);

  const keydown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const action = gridKey(event, {
      chosen,
      total: rows.total,
      pageRows: Math.max(1, Math.floor(heightPx / rowPx) - 1),
    });
    if (action === null || (action.kind === 'move' && onMove === null)) return;
    event.preventDefault();
    if (action.kind === 'move') {
      onMove?.(chosen, action.to);
      return;
    }
    if (action.kind === 'choose') {
      onChoose(action.index);
      return;
    }
    const track = rowAt(rows, chosen);
    if (track) onAct(action.act, track, placeOf(scroller.current, chosen - first));
  };
  const click = (event: MouseEvent): void => {
    const at = rowOf(event.target);
    const track = at === null ? undefined : rowAt(rows, at);
    if (at === null || track === undefined) return;
    onChoose(at);
    const act = (event.target as Element).closest<HTMLElement>('[data-act]')?.dataset.act;
    if (act === 'menu' || act === 'preview') onAct({ do: act }, track, { x: event.clientX, y: event.clientY });
  };
  const doubleClick = (event: MouseEvent): void => {
    const track = rowAt(rows, rowOf(event.target) ?? -1);
    if (track && (event.target as Element).closest('[data-act]') === null)
      onAct({ do: 'load', deck: null }, track, { x: 0, y: 0 });
  };
  const openMenu = (event: MouseEvent): void => {
    const at = rowOf(event.target);
    const track = rowAt(rows, at ?? -1);
    if (at === null || track === undefined) return;
    event.preventDefault();
    onChoose(at);
    onAct({ do: 'menu' }, track, { x: event.clientX, y: event.clientY });
  };
  const dragStart = (event: DragEvent): void => {
    const at = rowOf(event.target) ?? -1;
    const track = rowAt(rows, at);
    if (track === undefined) return;
    order.start(event, at);
    event.dataTransfer.setData(TRACK_DRAG_TYPE, track.id);
    event.dataTransfer.setData('text/plain', [track.artist, track.title].filter(Boolean).join(' – '));
    event.dataTransfer.effectAllowed = 'copyMove';
  };

  const drawn = Array.from({ length: end - first }, (_, offset) => first + offset);
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      style={{ '--row': `${rowPx}px` } as CSSProperties}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.total + 1}
      aria-colcount={COLUMNS.length}
      aria-activedescendant={chosen >= first && chosen < end ? `${prefix}${chosen}` : undefined}
      data-testid="track-grid"
      onKeyDown={keydown}
      onClick={click}
      onDoubleClick={doubleClick}
      onContextMenu={openMenu}
      onDragStart={dragStart}
      onDragOver={(event) => order.over(event, rowOf(event.target))}
      onDragLeave={order.end}
      onDragEnd={order.end}
      onDrop={order.drop}
    >
      <div ref={head} role="row" aria-rowindex={1} className={styles.head}>
        {COLUMNS.map(({ id, label: name, short, sort, isNumber }) => {
          const isSorted = sort !== undefined && sorting?.sort === sort;
          const direction = sorting?.order === 'asc' ? 'ascending' : 'descending';
          return (
            <span
              key={id}
              role="columnheader"
              className={[styles[id], isNumber && styles.number].filter(Boolean).join(' ')}
              aria-sort={isSorted ? direction : undefined}
            >
              {sort !== undefined && sorting !== null ? (
                <button type="button" onClick={() => onSort(sort)} data-testid={`sort-${sort}`}>
                  {short ?? name}
                  <i aria-hidden="true" data-order={isSorted ? sorting.order : undefined} />
                </button>
              ) : short !== undefined ? (
                <>
                  <span className="visually-hidden">{name}</span>
                  <span aria-hidden="true">{short}</span>
                </>
              ) : (
                name
              )}
            </span>
          );
        })}
      </div>
      <div role="rowgroup" className={styles.rows} style={{ height: rows.total * rowPx }}>
        {order.line !== null && <i className={styles.line} style={{ top: order.line * rowPx - 1 }} aria-hidden="true" />}
        <div role="presentation" style={{ transform: `translateY(${first * rowPx}px)` }}>
          {drawn.map((index) => {
            const track = rowAt(rows, index);
            return track === undefined ? (
              <div key={index} role="row" aria-rowindex={index + 2} aria-busy="true" className={styles.absent}>
                <span role="gridcell" className="visually-hidden">
                  Loading
                </span>
                <i />
                <i />
                <i />
              </div>
            ) : (
              <TrackRow
                key={index}
                id={`${prefix}${index}`}
                index={index}
                track={track}
                isChosen={index === chosen}
                isPreviewing={track.id === previewing}
                decks={decksOf(track.id)}
                playingKeys={playingKeys}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function rowOf(target: EventTarget): number | null {
  const row = (target as Element).closest<HTMLElement>('[data-row]')?.dataset.row;
  return row === undefined ? null : Number(row);
}

/** Where a menu opens that was asked for by key: beside the row. */
function placeOf(scroller: HTMLElement | null, offset: number): Point {
  const row = scroller?.querySelectorAll('[data-row]')[offset]?.getBoundingClientRect();
  return row === undefined ? { x: 40, y: 40 } : { x: row.left + 64, y: row.bottom };
}
