import { useCallback, useEffect, useRef, useState } from 'react';

import { findMix } from '@/api/mix/find-mix';
import { requestTalk } from '@/api/mix/request-talk';
import { useDevices } from '@/components/useDevices';
import { useSource, type SourceState } from '@/components/useSource';
import { canCapture, DEFAULT_QUALITY, openCamera, openMicrophone, type SourceKind } from '@/lib/capture';
import { ApiError } from '@/lib/http';
import type { VideoLimits } from '@/lib/simulcast';
import { readStored, writeStored } from '@/lib/stored';
import { Publisher, type PublishState } from '@/lib/whip';

export interface Talk {
  isPossible: boolean;
  microphone: SourceState;
  camera: SourceState;
  microphones: MediaDeviceInfo[];
  cameras: MediaDeviceInfo[];
  isVoice: boolean;
  /** Of what is sent from here; null while nothing is. */
  state: PublishState | null;
  problem: string | null;
  open: (kind: SourceKind, deviceId?: string) => void;
  close: (kind: SourceKind) => void;
  setVoice: (isVoice: boolean) => void;
  /** Takes microphone and camera over from another device. */
  takeOver: () => void;
  /** The media server is to be left by who sends to it. */
  move: (workerId: string) => void;
}

const LIMITS: VideoLimits = {
  maxBitrateBps: DEFAULT_QUALITY.maxBitrateBps,
  maxFramerate: DEFAULT_QUALITY.frameRate,
  isInSizes: false,
};

/** Owns what the booth sends by itself: the microphone, which goes into the mix, and the camera beside it. */
export function useTalk(mixId: string, hasCompany: () => boolean): Talk {
  const microphone = useSource();
  const camera = useSource();
  const { cameras, microphones } = useDevices(camera.state.status, microphone.state.status);
  const [isVoice, setIsVoice] = useState(() => readStored('booth.voice') === 'yes');
  const [state, setState] = useState<PublishState | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const publisher = useRef<Publisher | null>(null);
  /** The kinds that the publisher of this moment sends. */
  const sent = useRef('');
  const company = useRef(hasCompany);
  useEffect(() => {
    company.current = hasCompany;
  });

  const audio = microphone.state.status === 'on' ? microphone.state.track : null;
  const video = camera.state.status === 'on' ? camera.state.track : null;
  const tracks = useRef<MediaStreamTrack[]>([]);
  useEffect(() => {
    tracks.current = [audio, video].filter((track) => track !== null);
  }, [audio, video]);

  // Another microphone takes the place of the one before; a kind that comes or goes makes a new connection.
  const kinds = `${audio === null ? '' : 'audio'} ${video === null ? '' : 'video'}`.trim();
  useEffect(() => {
    let isCurrent = true;
    const begin = async (): Promise<void> => {
      setProblem(null);
      try {
        const grant = await requestTalk(mixId);
        // The effect may have ended while the platform was asked.
        if (!isCurrent) return;
        const mine = new Publisher(portsFor(mixId, company), LIMITS, (next) => {
          if (publisher.current === mine) setState(next);
        });
        const old = publisher.current;
        publisher.current = mine;
        sent.current = kinds;
        mine.start({ ...grant, generation: 0 }, tracks.current);
        // The newer grant takes its place at the server: there is nothing to end, and no moment without a voice.
        old?.abandon();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (isCurrent) setProblem(error.message);
      }
    };
    if (kinds === '') {
      const old = publisher.current;
      publisher.current = null;
      // That nothing is sent any more the server also notices by itself.
      void old?.stop().catch(() => undefined);
    } else void begin();
    return () => {
      isCurrent = false;
    };
  }, [mixId, kinds, round]);

  useEffect(
    () => () => {
      const old = publisher.current;
      publisher.current = null;
      void old?.stop().catch(() => undefined);
    },
    [mixId],
  );

  useEffect(() => {
    for (const track of [audio, video]) {
      // A kind that is not sent so far comes with the next publisher.
      if (track === null || !sent.current.includes(track.kind)) continue;
      // A track that cannot be put in makes a new connection, which carries it.
      publisher.current?.replaceTrack(track).catch(() => setRound((count) => count + 1));
    }
  }, [audio, video]);

  const open = useCallback(
    (kind: SourceKind, deviceId = readStored(`booth.${kind}`) ?? '', voice = isVoice): void => {
      if (deviceId !== '') writeStored(`booth.${kind}`, deviceId);
      if (kind === 'camera') void camera.open(() => openCamera(deviceId, DEFAULT_QUALITY));
      else void microphone.open(() => openMicrophone(deviceId, voice));
    },
    [camera, microphone, isVoice],
  );

  return {
    isPossible: canCapture(),
    microphone: microphone.state,
    camera: camera.state,
    microphones,
    cameras,
    isVoice,
    state: kinds === '' ? null : state,
    problem,
    open,
    close: (kind) => (kind === 'camera' ? camera.close() : microphone.close()),
    setVoice: (voice) => {
      writeStored('booth.voice', voice ? 'yes' : 'no');
      setIsVoice(voice);
      if (audio !== null) open('microphone', audio.getSettings().deviceId ?? '', voice);
    },
    takeOver: () => setRound((count) => count + 1),
    move: (workerId) => publisher.current?.move(workerId),
  };
}

function portsFor(mixId: string, hasCompany: { current: () => boolean }): ConstructorParameters<typeof Publisher>[0] {
  return {
    fetch: (...args) => fetch(...args),
    createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
    requestGrant: async (signal) => ({ ...(await requestTalk(mixId, signal)), generation: 0 }),
    triesLastGrant: true,
    streamState: async (signal, loss) => {
      const found = await findMix(signal);
      if (found?.mix.id !== mixId) return 'ended';
      // Grants for talking live for two minutes, so that the last one may have been too old to tell whether somebody
      // has taken over. One that the server closed while others are in the booth was, as a rule: taking it back unasked
      // would have two devices fight over it. One that the network broke is taken back.
      return loss === 'closed' && hasCompany.current() ? 'live' : 'open';
    },
  };
}
