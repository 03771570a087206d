/** What can be done with a track of the list. */
export type GridAct =
  /** `deck` null: the free one. */
  { do: 'load'; deck: number | null } | { do: 'queue' } | { do: 'preview' } | { do: 'menu' } | { do: 'delete' };

export type GridAction =
  | { kind: 'choose'; index: number }
  | { kind: 'act'; act: GridAct }
  /** In a list that has an order of its own. */
  | { kind: 'move'; to: number };

interface GridKey {
  key: string;
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** What a key means to the list while it has the focus; null when it is none of its keys. */
export function gridKey(event: GridKey, list: { chosen: number; total: number; pageRows: number }): GridAction | null {
  if (event.ctrlKey || event.metaKey || list.total === 0) return null;
  if (event.altKey) {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const to = list.chosen + by;
    return by !== 0 && to >= 0 && to < list.total ? { kind: 'move', to } : null;
  }
  const choose = (index: number): GridAction => ({
    kind: 'choose',
    index: Math.min(list.total - 1, Math.max(0, index)),
  });
  const act = (done: GridAct): GridAction => ({ kind: 'act', act: done });
  if (event.shiftKey) {
    const deck = /^Digit([1-4])$/.exec(event.code)?.[1];
    if (deck !== undefined) return act({ do: 'load', deck: Number(deck) - 1 });
    return event.key === 'F10' ? act({ do: 'menu' }) : null;
  }
  switch (event.key) {
    case 'ArrowDown':
      return choose(list.chosen + 1);
    case 'ArrowUp':
      return choose(list.chosen - 1);
    case 'PageDown':
      return choose(list.chosen + list.pageRows);
    case 'PageUp':
      return choose(list.chosen - list.pageRows);
    case 'Home':
      return choose(0);
    case 'End':
      return choose(list.total - 1);
    case 'Enter':
      return act({ do: 'load', deck: null });
    case ' ':
      return act({ do: 'preview' });
    case 'ContextMenu':
      return act({ do: 'menu' });
    case 'Delete':
      return act({ do: 'delete' });
    case 'q':
      return act({ do: 'queue' });
    default:
      return null;
  }
}
