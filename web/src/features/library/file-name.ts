import type { Recording, Track } from '@/api/library/types';

/** What a downloaded track is called: "Artist - Title.mp3", without what file systems refuse. */
export function fileNameOf(track: Pick<Track, 'artist' | 'title'>): string {
  const name = [track.artist, track.title].filter((part) => part !== '').join(' - ');
  return `${safe(name)}.mp3`;
}

/** "Title 2026-03-04 21.30.flac", in UTC, as the platform calls it. */
export function recordingName(recording: Pick<Recording, 'streamTitle' | 'startedAt'>, suffix: 'flac' | 'cue'): string {
  const at = new Date(recording.startedAt).toISOString();
  return `${safe(recording.streamTitle)} ${at.slice(0, 10)} ${at.slice(11, 16).replace(':', '.')}.${suffix}`;
}

function safe(name: string): string {
  // eslint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f<>:"/\\|?*]/g, '_').slice(0, 150);
}
