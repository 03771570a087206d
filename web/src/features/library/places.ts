/** A crate or a playlist. */
export interface ListRef {
  kind: 'crate' | 'playlist';
  id: string;
}

/** What the library shows: everything, a list, what was played, or what was recorded. */
export type Place = { kind: 'all' } | { kind: 'history' } | { kind: 'recordings' } | ListRef;

export function isSamePlace(a: Place, b: Place): boolean {
  return a.kind === b.kind && ('id' in a ? a.id : '') === ('id' in b ? b.id : '');
}
