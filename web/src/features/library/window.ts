/** Rows drawn beyond what is seen, so that a quick scroll shows no gap. */
const BEYOND = 8;

export interface Seen {
  /** The first row to draw, and the one after the last. */
  first: number;
  end: number;
}

/** The rows to draw of `total`, all `rowPx` high, when `heightPx` of them are seen from `scrollPx` on. */
export function seenRows(total: number, rowPx: number, scrollPx: number, heightPx: number): Seen {
  const top = Math.min(Math.max(0, scrollPx), Math.max(0, total * rowPx - heightPx));
  return {
    first: Math.max(0, Math.floor(top / rowPx) - BEYOND),
    end: Math.min(total, Math.ceil((top + heightPx) / rowPx) + BEYOND),
  };
}

/** Where to scroll to so that `row` is seen whole; `scrollPx` when it is already. */
export function scrollToRow(row: number, rowPx: number, scrollPx: number, heightPx: number): number {
  const top = row * rowPx;
  if (top < scrollPx) return top;
  return Math.max(scrollPx, top + rowPx - heightPx);
}
