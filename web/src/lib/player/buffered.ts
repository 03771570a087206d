/** Seconds that may be played from here without loading more; null where nothing is loaded. */
export function bufferedAhead({ buffered, currentTime }: HTMLVideoElement): number | null {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime + 0.1 && buffered.end(index) >= currentTime) {
      return buffered.end(index) - currentTime;
    }
  }
  return null;
}

/** Seconds of it that were played since it was loaded. */
export function played({ played: ranges }: HTMLVideoElement): number {
  return Array.from({ length: ranges.length }, (_, i) => ranges.end(i) - ranges.start(i)).reduce((sum, s) => sum + s, 0);
}
