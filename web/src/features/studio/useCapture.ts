import { useCallback, useEffect, useState } from 'react';

import {
  canCapture,
  DEFAULT_QUALITY,
  openCamera,
  openMicrophone,
  permission,
  QUALITIES,
  videoConstraints,
  type SourceKind,
  type VideoQuality,
} from '@/lib/capture';
import { readStored, writeStored } from '@/lib/stored';

import { useDevices } from '@/components/useDevices';
import { useSource, type SourceState } from '@/components/useSource';

import { chooseSmallerPictures, smallerPictures, type SmallerPictures } from './smaller-pictures';

export interface Capture {
  isPossible: boolean;
  camera: SourceState;
  microphone: SourceState;
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  quality: VideoQuality;
  /** Whether smaller pictures are sent beside the one that is filmed. */
  smaller: SmallerPictures;
  isVoice: boolean;
  isCameraOn: boolean;
  isMicOn: boolean;
  /** Asks for what is not there yet. */
  ask: () => void;
  retry: (kind: SourceKind) => void;
  choose: (kind: SourceKind, deviceId: string) => void;
  chooseQuality: (id: string) => void;
  setSmaller: (isOn: boolean) => void;
  setVoice: (isVoice: boolean) => void;
  setCameraOn: (isOn: boolean) => void;
  setMicOn: (isOn: boolean) => void;
}

/** The camera and the microphone of the studio, with the choices made about them. */
export function useCapture(): Capture {
  const { state: camera, open: openVideo, fail: failVideo } = useSource();
  const { state: microphone, open: openAudio, fail: failAudio } = useSource();
  const { cameras, microphones } = useDevices(camera.status, microphone.status);
  const [quality, setQuality] = useState(() => qualityOf(readStored('quality')));
  const [smaller, setSmaller] = useState(() => smallerPictures());
  const [isVoice, setIsVoice] = useState(() => readStored('voice') === 'yes');
  const [isCameraOn, setCameraOn] = useState(true);
  const [isMicOn, setMicOn] = useState(true);

  const startCamera = useCallback(
    (deviceId = readStored('camera') ?? '') => openVideo(() => openCamera(deviceId, quality)),
    [openVideo, quality],
  );
  const startMicrophone = useCallback(
    (deviceId = readStored('microphone') ?? '', voice = isVoice) => openAudio(() => openMicrophone(deviceId, voice)),
    [openAudio, isVoice],
  );

  useEffect(() => {
    if (!canCapture()) return;
    let isCurrent = true;
    void Promise.all([permission('camera'), permission('microphone')]).then(([video, audio]) => {
      if (!isCurrent) return;
      if (video === 'granted') void startCamera();
      else if (video === 'denied') failVideo('denied');
      if (audio === 'granted') void startMicrophone();
      else if (audio === 'denied') failAudio('denied');
    });
    return () => {
      isCurrent = false;
    };
    // Once, as the studio opens: later choices open their source themselves.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => {
    if (camera.status === 'on') camera.track.enabled = isCameraOn;
  }, [camera, isCameraOn]);
  useEffect(() => {
    if (microphone.status === 'on') microphone.track.enabled = isMicOn;
  }, [microphone, isMicOn]);

  return {
    isPossible: canCapture(),
    camera,
    microphone,
    cameras,
    microphones,
    quality,
    smaller,
    isVoice,
    isCameraOn,
    isMicOn,
    ask: () => {
      if (camera.status !== 'on') void startCamera();
      if (microphone.status !== 'on') void startMicrophone();
    },
    retry: (kind) => void (kind === 'camera' ? startCamera() : startMicrophone()),
    choose: (kind, deviceId) => {
      writeStored(kind, deviceId);
      void (kind === 'camera' ? startCamera(deviceId) : startMicrophone(deviceId));
    },
    chooseQuality: (id) => {
      const chosen = qualityOf(id);
      writeStored('quality', chosen.id);
      setQuality(chosen);
      if (camera.status === 'on') {
        const deviceId = camera.track.getSettings().deviceId ?? '';
        // A camera that cannot do it stays as it is: the sizes are wishes, not demands.
        void camera.track.applyConstraints(videoConstraints(deviceId, chosen));
      }
    },
    setSmaller: (isOn) => setSmaller(chooseSmallerPictures(isOn)),
    setVoice: (voice) => {
      writeStored('voice', voice ? 'yes' : 'no');
      setIsVoice(voice);
      if (microphone.status === 'on') void startMicrophone(microphone.track.getSettings().deviceId ?? '', voice);
    },
    setCameraOn,
    setMicOn,
  };
}

function qualityOf(id: string | null): VideoQuality {
  return QUALITIES.find((quality) => quality.id === id) ?? DEFAULT_QUALITY;
}
