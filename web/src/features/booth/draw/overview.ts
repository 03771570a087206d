import type { Deck } from '@/lib/mix/desk-port';
import type { Waveform } from '@/lib/mix/waveform';

import type { Sheet } from './canvas';
import { CUE_COLOURS, deckColour } from './palette';
import { paintColumns } from './tiles';

/** The whole track as a picture of its own, painted once. */
export function overviewPicture(waveform: Waveform, heightPx: number): HTMLCanvasElement | null {
  const picture = document.createElement('canvas');
  picture.width = Math.max(1, waveform.columns);
  picture.height = heightPx;
  const context = picture.getContext('2d');
  if (context === null) return null;
  paintColumns(context, waveform, { first: 0, last: waveform.columns, height: heightPx });
  return picture;
}

/** Paints the whole track: what has been played is dimmed. */
export function paintOverview(
  { context, width, height }: Sheet,
  picture: HTMLCanvasElement | null,
  deck: Deck,
  index: number,
  frame: number,
): void {
  context.clearRect(0, 0, width, height);
  if (deck.lengthFrames <= 0) return;
  const xOf = (at: number): number => (at / deck.lengthFrames) * width;
  const head = xOf(frame);
  if (picture !== null) context.drawImage(picture, 0, 0, width, height);
  context.fillStyle = '#0b0a1099';
  context.fillRect(0, 0, head, height);
  if (deck.loop !== null) {
    const [start, end] = deck.loop;
    context.fillStyle = deck.looping ? `${deckColour(index)}66` : '#ffffff26';
    context.fillRect(xOf(start), 0, Math.max(2, xOf(end) - xOf(start)), height);
  }
  context.fillStyle = '#ffd23d';
  context.fillRect(xOf(deck.cueFrame) - 1, height - 6, 2, 6);
  deck.hotCues.forEach((cue, number) => {
    if (cue === null) return;
    context.fillStyle = CUE_COLOURS[number] ?? '#fff';
    context.fillRect(xOf(cue) - 1, 0, 2.5, 8);
  });
  context.fillStyle = '#fff';
  context.fillRect(head - 1, 0, 2, height);
}
