import { useState, type DragEvent } from 'react';

const ROW_DRAG_TYPE = 'application/x-nrs-row';

export interface RowOrder {
  /** Before which row, counted from 0, what is dragged would be put; null while nothing is. */
  line: number | null;
  start: (event: DragEvent, row: number) => void;
  over: (event: DragEvent, row: number | null) => void;
  drop: (event: DragEvent) => void;
  end: () => void;
}

/** Has rows put in another order by dragging them; `onMove` null: this list has no order of its own. */
export function useRowOrder(onMove: ((from: number, to: number) => void) | null): RowOrder {
  const [line, setLine] = useState<number | null>(null);
  return {
    line,
    start: (event, row) => {
      if (onMove !== null) event.dataTransfer.setData(ROW_DRAG_TYPE, String(row));
    },
    over: (event, row) => {
      if (onMove === null || row === null || !event.dataTransfer.types.includes(ROW_DRAG_TYPE)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'move';
      const { top, height } = (event.target as Element).closest('[data-row]')?.getBoundingClientRect() ?? { top: 0, height: 0 };
      setLine(event.clientY > top + height / 2 ? row + 1 : row);
    },
    drop: (event) => {
      const dragged = event.dataTransfer.getData(ROW_DRAG_TYPE);
      if (onMove === null || line === null || dragged === '') return;
      event.preventDefault();
      const from = Number(dragged);
      // Taken out first, what stood behind it moves up by one.
      const to = line > from ? line - 1 : line;
      setLine(null);
      if (to !== from) onMove(from, to);
    },
    end: () => setLine(null),
  };
}
