import { useCallback, useEffect, useRef, type RefObject } from 'react';

/** What is heard, by frequency: bytes from low to high, or null where it cannot be told. */
export type ReadSpectrum = () => Uint8Array | null;

/** At 48 kHz a bin of 47 Hz: fine enough to tell a kick from a bass. */
const FFT_SIZE = 1024;

type Capturing = HTMLMediaElement & { captureStream?: () => MediaStream };

/** Listens to what `video` plays, without touching it. */
export function useSpectrum(video: RefObject<HTMLVideoElement | null>): ReadSpectrum {
  const read = useRef<ReadSpectrum>(() => null);
  useEffect(() => {
    const element = video.current as Capturing | null;
    if (element === null) return;
    // Safari offers no way to listen to what it plays from a file: the picture moves by itself there.
    const stream = element.srcObject instanceof MediaStream ? element.srcObject : element.captureStream?.();
    if (stream === undefined || stream.getAudioTracks().length === 0) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = FFT_SIZE;
    analyser.smoothingTimeConstant = 0.78;
    context.createMediaStreamSource(stream).connect(analyser);
    const bins = new Uint8Array(analyser.frequencyBinCount);
    read.current = () => {
      if (context.state !== 'running') return null;
      analyser.getByteFrequencyData(bins);
      return bins;
    };
    // Browsers start a context suspended until the page has been touched.
    const wake = (): void => void context.resume();
    wake();
    document.addEventListener('pointerdown', wake);
    return () => {
      read.current = () => null;
      document.removeEventListener('pointerdown', wake);
      void context.close();
    };
  }, [video]);
  return useCallback(() => read.current(), []);
}
