import { SAMPLE_RATE } from '@/lib/mix/commands';
import type { Deck, Playhead } from '@/lib/mix/desk-port';
import { framesPerBeat } from '@/lib/mix/grid';

import type { Sheet } from './canvas';
import { CUE_COLOURS, deckColour } from './palette';
import { TILE_COLUMNS, type Tiles } from './tiles';

/** Columns a second of the full waveform. */
export const COLUMNS_PER_S = 150;
const FRAMES_PER_COLUMN = SAMPLE_RATE / COLUMNS_PER_S;
/** Beats closer than this many pixels are not marked one by one. */
const MIN_BEAT_PX = 5;
const BEATS_PER_BAR = 4;

export interface View {
  deck: Deck;
  index: number;
  head: Playhead;
  /** Frames of the track per CSS pixel: at the speed it is played, so that equal beats are equally wide on all decks. */
  framesPerPx: number;
}

/** Paints the surroundings of the playhead, which stands in the middle. */
export function paintZoomed(sheet: Sheet, tiles: Tiles | null, view: View): void {
  const { context, width, height } = sheet;
  context.clearRect(0, 0, width, height);
  const left = view.head.frame - (width / 2) * view.framesPerPx;
  const xOf = (frame: number): number => (frame - left) / view.framesPerPx;
  paintOutside(sheet, view, xOf);
  if (view.deck.loop !== null) paintLoop(sheet, view, xOf);
  if (tiles !== null) paintTiles(sheet, tiles, left, view.framesPerPx);
  paintBeats(sheet, view, left, xOf);
  paintCues(sheet, view, xOf);
  context.fillStyle = '#fff';
  context.fillRect(width / 2 - 1, 0, 2, height);
  context.fillStyle = deckColour(view.index);
  triangle(context, width / 2, 0, 7);
  triangle(context, width / 2, height, -7);
}

function paintOutside({ context, width, height }: Sheet, { deck }: View, xOf: (frame: number) => number): void {
  const start = xOf(0);
  const end = xOf(deck.lengthFrames);
  context.fillStyle = '#ffffff08';
  if (start > 0) context.fillRect(0, 0, Math.min(start, width), height);
  if (end < width) context.fillRect(Math.max(end, 0), 0, width - Math.max(end, 0), height);
}

function paintTiles({ context, width, height }: Sheet, tiles: Tiles, left: number, framesPerPx: number): void {
  const framesPerTile = TILE_COLUMNS * FRAMES_PER_COLUMN;
  const tilePx = framesPerTile / framesPerPx;
  const first = Math.floor(left / framesPerTile);
  const last = Math.floor((left + width * framesPerPx) / framesPerTile);
  for (let index = first; index <= last; index += 1) {
    const tile = tiles.get(index);
    const x = (index * framesPerTile - left) / framesPerPx;
    if (tile !== null) context.drawImage(tile, x, 0, tilePx, height);
  }
}

function paintBeats({ context, width, height }: Sheet, view: View, left: number, xOf: (frame: number) => number): void {
  const beat = framesPerBeat(view.deck.track?.bpm ?? null);
  if (beat === null) return;
  const grid = view.deck.track?.gridFrame ?? 0;
  const every = beat / view.framesPerPx >= MIN_BEAT_PX ? 1 : BEATS_PER_BAR;
  const last = (left + width * view.framesPerPx - grid) / beat;
  for (let number = Math.ceil((left - grid) / beat / every) * every; number <= last; number += every) {
    const frame = grid + number * beat;
    if (frame < 0 || frame > view.deck.lengthFrames) continue;
    const x = xOf(frame);
    const isBar = number % BEATS_PER_BAR === 0;
    context.fillStyle = isBar ? '#ffffffb8' : '#ffffff52';
    context.fillRect(x - 0.5, 0, 1, height);
    if (isBar) {
      context.fillStyle = '#ff5d73';
      context.fillRect(x - 1.5, 0, 3, 5);
      context.fillRect(x - 1.5, height - 5, 3, 5);
    }
  }
}

function paintLoop({ context, height }: Sheet, { deck, index }: View, xOf: (frame: number) => number): void {
  const [start, end] = deck.loop ?? [0, 0];
  const x = xOf(start);
  const width = xOf(end) - x;
  context.fillStyle = deck.looping ? `${deckColour(index)}38` : '#ffffff12';
  context.fillRect(x, 0, width, height);
  context.fillStyle = deck.looping ? deckColour(index) : '#ffffff60';
  context.fillRect(x - 1, 0, 2, height);
  context.fillRect(x + width - 1, 0, 2, height);
}

function paintCues({ context, width, height }: Sheet, { deck }: View, xOf: (frame: number) => number): void {
  const cue = xOf(deck.cueFrame);
  if (cue > -10 && cue < width + 10) {
    context.fillStyle = '#ffd23d';
    context.fillRect(cue - 0.75, 0, 1.5, height);
    triangle(context, cue, height, -8);
  }
  context.font = '700 10px "Instrument Sans Variable", sans-serif';
  context.textBaseline = 'middle';
  deck.hotCues.forEach((frame, number) => {
    if (frame === null) return;
    const x = xOf(frame);
    if (x < -20 || x > width + 20) return;
    context.fillStyle = CUE_COLOURS[number] ?? '#fff';
    context.fillRect(x - 0.75, 0, 1.5, height);
    context.fillRect(x, 0, 13, 13);
    context.fillStyle = '#0b0a10';
    context.fillText(String(number + 1), x + 3.5, 7);
  });
}

/** Points down from `y` with a positive size, up with a negative one. */
function triangle(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - Math.abs(size) * 0.75, y);
  context.lineTo(x + Math.abs(size) * 0.75, y);
  context.lineTo(x, y + size);
  context.fill();
}
