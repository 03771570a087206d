/** What the platform takes, and how much of it. */
export const AUDIO_SUFFIXES = ['.mp3', '.wav', '.flac', '.m4a', '.ogg'] as const;
export const MAX_FILE_BYTES = 100 * 1024 * 1024;

/** For the `accept` of a file picker. */
export const AUDIO_ACCEPT = AUDIO_SUFFIXES.join(',');

interface Named {
  name: string;
  size: number;
}

/**
 * Why a file need not be sent at all, in a sentence fit to be shown; null when it may. `freeBytes` is what is left of the
 * DJ's storage, null when that is not known: the platform is then the one to say.
 */
export function fileRefusal(file: Named, freeBytes: number | null): string | null {
  const name = file.name.toLowerCase();
  if (!AUDIO_SUFFIXES.some((suffix) => name.endsWith(suffix))) return 'This is not MP3, WAV, FLAC, M4A or Ogg.';
  if (file.size === 0) return 'This file is empty.';
  if (file.size > MAX_FILE_BYTES)
    return `This file has ${formatBytes(file.size)}; a track may have ${formatBytes(MAX_FILE_BYTES)}.`;
  if (freeBytes !== null && file.size > freeBytes) {
    return `This file has ${formatBytes(file.size)}, and ${formatBytes(Math.max(0, freeBytes))} of your storage are left. Delete tracks to make room.`;
  }
  return null;
}

/** 734_003_200 → "700 MB", 5_153_960 → "4.9 MB": binary, as storage is counted. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit] ?? ''}`;
}
