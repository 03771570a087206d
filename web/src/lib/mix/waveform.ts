/** What a track looks like: columns of four bytes, (peak, low, mid, high), spread evenly over it. */
export class Waveform {
  readonly columns: number;
  readonly #bytes: Uint8Array;

  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
    this.columns = Math.floor(this.#bytes.length / 4);
  }

  /** 0 to 1, the highest peak of the column; 0 outside the track. */
  peak(column: number): number {
    return (this.#bytes[column * 4] ?? 0) / 255;
  }

  /** How much of `band` (0 low, 1 mid, 2 high) is in the column, 0 to 1. */
  band(column: number, band: 0 | 1 | 2): number {
    return (this.#bytes[column * 4 + 1 + band] ?? 0) / 255;
  }
}
