import type { Platform } from '@/api/encoder/types';

interface PlatformNotes {
  id: Platform;
  name: string;
  /** Where one finds the key there. */
  where: string;
}

export const PLATFORMS: readonly [PlatformNotes, ...PlatformNotes[]] = [
  { id: 'youtube', name: 'YouTube', where: 'YouTube Studio › Create › Go live › Stream › Stream key' },
  { id: 'twitch', name: 'Twitch', where: 'Creator Dashboard › Settings › Stream › Primary stream key' },
  { id: 'facebook', name: 'Facebook', where: 'Live Producer › Go live › Streaming software › Stream key' },
  { id: 'custom', name: 'Another server', where: 'Where the other service shows its RTMP settings' },
];

export function platformOf(id: Platform): PlatformNotes {
  return PLATFORMS.find((platform) => platform.id === id) ?? PLATFORMS[0];
}
