import { useEffect, useState } from 'react';

import { Ballistics, measure, Quiet, SILENCE_DB, type Shown } from '@/lib/level';

const SILENT: Shown = { levelDb: SILENCE_DB, holdDb: SILENCE_DB, isClipped: false };
const NOTHING: Levels = { channels: [SILENT, SILENT], quietS: 0 };
const CHANNELS = 2;
/** At 48 kHz 43 ms: longer than the time between two looks, so that no sample goes unseen. */
const WINDOW = 2048;

export interface Levels {
  channels: readonly Shown[];
  /** For how long nothing has come from the track; 0 while nobody can tell. */
  quietS: number;
}

/** Measures what `track` carries, left and right, as often as the screen is drawn. */
export function useLevels(track: MediaStreamTrack | null): Levels {
  const [levels, setLevels] = useState(NOTHING);
  useEffect(() => {
    if (track === null) return;
    const context = new AudioContext();
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const splitter = context.createChannelSplitter(CHANNELS);
    // A mono source is spread over both channels before it is split, so that both meters move.
    const spread = context.createGain();
    spread.channelCount = CHANNELS;
    spread.channelCountMode = 'explicit';
    source.connect(spread).connect(splitter);
    const meters = Array.from({ length: CHANNELS }, (_, channel) => {
      const analyser = context.createAnalyser();
      analyser.fftSize = WINDOW;
      splitter.connect(analyser, channel);
      return { analyser, samples: new Float32Array(WINDOW), ballistics: new Ballistics() };
    });
    const quiet = new Quiet();
    let frame = 0;
    const look = (now: number): void => {
      const measured = meters.map(({ analyser, samples }) => {
        analyser.getFloatTimeDomainData(samples);
        return measure(samples);
      });
      setLevels({
        channels: measured.map((level, channel) => meters[channel]?.ballistics.update(level, now / 1000) ?? SILENT),
        quietS: context.state === 'running' ? quiet.update(measured, now / 1000) : 0,
      });
      frame = requestAnimationFrame(look);
    };
    frame = requestAnimationFrame(look);
    // Browsers start a context suspended until the page has been touched.
    const wake = (): void => void context.resume();
    if (context.state === 'suspended') wake();
    document.addEventListener('pointerdown', wake);
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener('pointerdown', wake);
      void context.close();
    };
  }, [track]);
  return track === null ? NOTHING : levels;
}
