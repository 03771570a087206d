import { useEffect, useState } from 'react';

import { Ballistics, measure, SILENCE_DB, type Shown } from '@/lib/level';

const SILENT: Shown = { levelDb: SILENCE_DB, holdDb: SILENCE_DB, isClipped: false };
const CHANNELS = 2;
/** At 48 kHz 43 ms: longer than the time between two looks, so that no sample goes unseen. */
const WINDOW = 2048;

/** Measures what `track` carries, left and right, as often as the screen is drawn. */
export function useLevels(track: MediaStreamTrack | null): readonly Shown[] {
  const [levels, setLevels] = useState<readonly Shown[]>([SILENT, SILENT]);
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
    let frame = 0;
    const look = (now: number): void => {
      setLevels(
        meters.map(({ analyser, samples, ballistics }) => {
          analyser.getFloatTimeDomainData(samples);
          return ballistics.update(measure(samples), now / 1000);
        }),
      );
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
  return track === null ? [SILENT, SILENT] : levels;
}
