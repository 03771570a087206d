/** One of the sizes a stream is there in. */
export interface Quality {
  id: string;
  width: number;
  height: number;
  bitrateBps: number;
  /** Frames a second; 0 while unknown. */
  fps: number;
}

/** The same for the same size and bitrate, however they became known. */
export function qualityId(height: number, bitrate: number): string {
  return `${height}p ${bitrate}`;
}

/** Of the size that an id names. */
export function heightOf(id: string): number {
  return Number.parseInt(id, 10);
}
