/** Canvas does not read custom properties: these are the colours of tokens.css that it paints with. */
export const DECK_COLOURS = ['#c8ff3d', '#8fc9ff', '#ffd23d', '#d9a3ff'] as const;
export const DECK_NAMES = ['A', 'B', 'C', 'D'] as const;

/** Low, mid, high. */
export const BAND_COLOURS = ['#ff4f97', '#ffb03d', '#e9f7ff'] as const;
export const ENVELOPE = '#3c3556';

/** Of the eight hot cues. */
export const CUE_COLOURS = [
  '#ff5d73',
  '#ff9a3d',
  '#ffd23d',
  '#a6f04a',
  '#4ade9c',
  '#5cc8ff',
  '#9a8cff',
  '#ff7ad1',
] as const;

export function deckColour(deck: number): string {
  return DECK_COLOURS[deck % DECK_COLOURS.length] ?? DECK_COLOURS[0];
}

export function deckName(deck: number): string {
  return DECK_NAMES[deck] ?? String(deck + 1);
}
