/** A crate or a playlist. */
export interface ListRef {
  kind: 'crate' | 'playlist';
  id: string;
}

/** What the library shows: everything, a list, or what was played. */
export type Place = { kind: 'all' } | { kind: 'history' } | ListRef;

export function isSamePlace(a: Place, b: Place): boolean {
  return a.kind === b.kind && ('id' in a ? a.id : '') === ('id' in b ? b.id : '');
}
