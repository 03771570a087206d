/** A size of picture with what it takes to look well, in H.264 without B-frames. */
export interface Picture {
  id: string;
  name: string;
  size: string;
  fps: number;
  kbps: number;
}

export const PICTURES: readonly [Picture, ...Picture[]] = [
  { id: '1080p60', name: '1080p, 60 frames a second', size: '1920x1080', fps: 60, kbps: 6000 },
  { id: '1080p30', name: '1080p, 30 frames a second', size: '1920x1080', fps: 30, kbps: 4500 },
  { id: '720p60', name: '720p, 60 frames a second', size: '1280x720', fps: 60, kbps: 4000 },
  { id: '720p30', name: '720p, 30 frames a second', size: '1280x720', fps: 30, kbps: 2500 },
  { id: '480p30', name: '480p, 30 frames a second', size: '854x480', fps: 30, kbps: 1200 },
];

const AUDIO_KBPS = 160;
/** A constant rate is one on average: key frames come above it, and other programs want their share. */
const HEADROOM = 1.4;

/** What the network has to carry, to the next hundred. */
export function uploadNeededKbps({ kbps }: Picture): number {
  return Math.ceil(((kbps + AUDIO_KBPS) * HEADROOM) / 100) * 100;
}
