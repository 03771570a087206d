import type { Track } from '@/api/library/types';

/** What a downloaded track is called: "Artist - Title.mp3", without what file systems refuse. */
export function fileNameOf(track: Pick<Track, 'artist' | 'title'>): string {
  const name = [track.artist, track.title].filter((part) => part !== '').join(' - ');
  // eslint-disable-next-line no-control-regex
  return `${name.replace(/[\u0000-\u001f<>:"/\\|?*]/g, '_').slice(0, 150)}.mp3`;
}
