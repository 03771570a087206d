/** Opening cameras and microphones, and what can go wrong with them. */

export type SourceKind = 'camera' | 'microphone';

export type CaptureProblem =
  /** The person or the system said no. */
  | 'denied'
  | 'no-device'
  /** Another program has it. */
  | 'in-use'
  /** It worked, and then it was unplugged or taken away. */
  | 'gone'
  | 'unknown';

/** What getUserMedia's failure means (W3C Media Capture and Streams §10.2). */
export function captureProblem(error: unknown): CaptureProblem {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'no-device';
    case 'NotReadableError':
    case 'AbortError':
      return 'in-use';
    default:
      return 'unknown';
  }
}

/** False where browsers offer no capture at all: a page that came over plain http from another machine. */
export function canCapture(): boolean {
  return (navigator as { mediaDevices?: MediaDevices }).mediaDevices !== undefined;
}

export interface VideoQuality {
  id: string;
  label: string;
  width: number;
  height: number;
  frameRate: number;
  maxBitrateBps: number;
}

const HD: VideoQuality = {
  id: '720p30',
  label: '720p, 30 frames',
  width: 1280,
  height: 720,
  frameRate: 30,
  maxBitrateBps: 2_500_000,
};

export const DEFAULT_QUALITY = HD;

export const QUALITIES: readonly VideoQuality[] = [
  { id: '1080p60', label: '1080p, 60 frames', width: 1920, height: 1080, frameRate: 60, maxBitrateBps: 6_500_000 },
  { id: '1080p30', label: '1080p, 30 frames', width: 1920, height: 1080, frameRate: 30, maxBitrateBps: 4_500_000 },
  { id: '720p60', label: '720p, 60 frames', width: 1280, height: 720, frameRate: 60, maxBitrateBps: 4_000_000 },
  HD,
  { id: '480p30', label: '480p, 30 frames', width: 854, height: 480, frameRate: 30, maxBitrateBps: 1_200_000 },
];

/** The device of `deviceId` when it is still there, else any: what was chosen last time may be unplugged. */
function wanted(deviceId: string): Pick<MediaTrackConstraints, 'deviceId'> {
  return deviceId === '' ? {} : { deviceId: { ideal: deviceId } };
}

export function videoConstraints(deviceId: string, quality: VideoQuality): MediaTrackConstraints {
  return {
    ...wanted(deviceId),
    width: { ideal: quality.width },
    height: { ideal: quality.height },
    frameRate: { ideal: quality.frameRate },
  };
}

/** For music nothing is processed: echo cancellation and noise suppression take instruments for noise. */
export function audioConstraints(deviceId: string, isVoice: boolean): MediaTrackConstraints {
  return {
    ...wanted(deviceId),
    echoCancellation: isVoice,
    noiseSuppression: isVoice,
    autoGainControl: isVoice,
    channelCount: { ideal: isVoice ? 1 : 2 },
    sampleRate: { ideal: 48_000 },
  };
}

export async function openCamera(deviceId: string, quality: VideoQuality): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: videoConstraints(deviceId, quality) });
  const track = only(stream.getVideoTracks());
  track.contentHint = 'motion';
  return track;
}

export async function openMicrophone(deviceId: string, isVoice: boolean): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: audioConstraints(deviceId, isVoice) });
  const track = only(stream.getAudioTracks());
  track.contentHint = isVoice ? 'speech' : 'music';
  return track;
}

function only(tracks: MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (track === undefined) throw new DOMException('the browser gave a stream without a track', 'NotFoundError');
  return track;
}

/** What the browser would say to a request now; 'prompt' where it cannot be asked. */
export async function permission(kind: SourceKind): Promise<PermissionState> {
  try {
    return (await navigator.permissions.query({ name: kind })).state;
  } catch {
    // Firefox before 132 throws a TypeError for these two names.
    return 'prompt';
  }
}
