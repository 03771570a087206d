import type { Waveform } from '@/lib/mix/waveform';

import { BAND_COLOURS, ENVELOPE } from './palette';

/** Columns of a tile; one is as many pixels wide. */
export const TILE_COLUMNS = 512;
/** Tiles kept: a minute and a half on both sides of the playhead. */
const KEPT = 48;
/** Bands are measured as mean levels, which are far below the peaks: what brings them to the same size. */
const BAND_GAIN = [2.2, 2.6, 4.5] as const;

/** Paints columns `first` to `last` of a waveform, one pixel each, mirrored about the middle of `height`. */
export function paintColumns(
  context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D,
  waveform: Waveform,
  { first, last, height }: { first: number; last: number; height: number },
  gain = 1,
): void {
  const middle = height / 2;
  for (let column = first; column < last; column += 1) {
    const x = column - first;
    const peak = Math.min(1, waveform.peak(column) * gain);
    bar(context, x, peak * middle, middle, ENVELOPE);
    for (const band of [0, 1, 2] as const) {
      const level = Math.min(waveform.band(column, band) * BAND_GAIN[band] * gain, 1);
      // Louder bands reach further out; those above stand before them, so that each shows its tip.
      const reach = peak * level * (1 - band * 0.18) * middle;
      bar(context, x, reach, middle, BAND_COLOURS[band]);
    }
  }
}

function bar(
  context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D,
  x: number,
  reach: number,
  middle: number,
  colour: string,
): void {
  if (reach < 0.3) return;
  context.fillStyle = colour;
  context.fillRect(x, middle - reach, 1, reach * 2);
}

/** A waveform painted ahead, piece by piece as it is needed, so that a frame of the screen only copies pictures. */
export class Tiles {
  readonly #waveform: Waveform;
  readonly #height: number;
  readonly #tiles = new Map<number, HTMLCanvasElement>();

  /** `height` is in device pixels. */
  constructor(waveform: Waveform, height: number) {
    this.#waveform = waveform;
    this.#height = height;
  }

  isOf(waveform: Waveform, height: number): boolean {
    return this.#waveform === waveform && this.#height === height;
  }

  /** Tile `index`, or null outside the track. */
  get(index: number): HTMLCanvasElement | null {
    const first = index * TILE_COLUMNS;
    if (index < 0 || first >= this.#waveform.columns) return null;
    const known = this.#tiles.get(index);
    if (known !== undefined) return known;
    const tile = document.createElement('canvas');
    tile.width = TILE_COLUMNS;
    tile.height = this.#height;
    const context = tile.getContext('2d');
    if (context === null) return null;
    const last = Math.min(first + TILE_COLUMNS, this.#waveform.columns);
    paintColumns(context, this.#waveform, { first, last, height: this.#height });
    this.#tiles.set(index, tile);
    const oldest = this.#tiles.keys().next().value;
    if (this.#tiles.size > KEPT && oldest !== undefined) this.#tiles.delete(oldest);
    return tile;
  }
}
