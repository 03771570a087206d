import { useState, type CSSProperties, type PointerEvent } from 'react';

import styles from './SeekBar.module.css';

export interface Mark {
  at: number;
  title: string;
}

interface SeekBarProps {
  /** Seconds, as `value` and `max`. */
  min: number;
  max: number;
  value: number;
  /** What a place is called: "4:10", "2:30 ago". */
  nameOf: (at: number) => string;
  /** The same for those who hear it. */
  sayOf: (at: number) => string;
  marks?: readonly Mark[];
  onSeek: (at: number) => void;
}

/** A second a step with the arrow keys would lead nowhere. */
const STEP_S = 5;

/** Where in what can be seen one is. Dragging shows the place, and goes there when let go. */
export function SeekBar({ min, max, value, nameOf, sayOf, marks = [], onSeek }: SeekBarProps) {
  const [dragged, setDragged] = useState<number | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const span = Math.max(max - min, 1);
  const shown = Math.min(max, Math.max(min, dragged ?? value));
  const share = (at: number): string => `${((at - min) / span) * 100}%`;

  const hover = (event: PointerEvent): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setHovered(min + Math.min(1, Math.max(0, (event.clientX - left) / width)) * span);
  };
  const release = (): void => {
    if (dragged !== null) onSeek(dragged);
    setDragged(null);
  };
  const pointed = dragged ?? hovered;
  return (
    <div
      className={styles.seek}
      style={{ '--done': share(shown) } as CSSProperties}
      onPointerMove={hover}
      onPointerLeave={() => setHovered(null)}
    >
      <div className={styles.track} aria-hidden="true">
        {marks.map(({ at, title }) => (
          <i key={`${at} ${title}`} className={styles.mark} style={{ left: share(at) }} />
        ))}
      </div>
      <input
        type="range"
        aria-label="Position"
        aria-valuetext={sayOf(shown)}
        data-testid="seek"
        min={min}
        max={max}
        step="any"
        value={shown}
        onChange={(event) => {
          const at = event.target.valueAsNumber;
          // A pointer is still on its way; a key has arrived.
          if (dragged === null) onSeek(at);
          else setDragged(at);
        }}
        onKeyDown={(event) => {
          const by = STEPS[event.key];
          if (by === undefined) return;
          event.preventDefault();
          onSeek(Math.min(max, Math.max(min, value + by * STEP_S)));
        }}
        onPointerDown={(event) => {
          // A thumb that is let go beside the bar is let go all the same.
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragged(shown);
        }}
        onPointerUp={release}
        onPointerCancel={() => setDragged(null)}
      />
      {pointed !== null && (
        <span className={styles.bubble} style={{ left: share(pointed) }} aria-hidden="true">
          {nameOf(pointed)}
          {chapterAt(marks, pointed)}
        </span>
      )}
    </div>
  );
}

const STEPS: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -12, PageUp: 12 };

function chapterAt(marks: readonly Mark[], at: number): string {
  const chapter = marks.filter((mark) => mark.at <= at).at(-1);
  return chapter === undefined ? '' : ` · ${chapter.title}`;
}
