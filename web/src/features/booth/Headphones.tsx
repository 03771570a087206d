import { useEffect, useRef, useState } from 'react';

import type { MonitorState } from '@/lib/mix/monitor';
import { readStored, writeStored } from '@/lib/stored';

import styles from './Headphones.module.css';

interface Output {
  id: string;
  label: string;
}

/** Firefox and Chromium can send sound to a chosen device; Safari cannot. */
const CAN_CHOOSE = typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

/** Plays the cue bus to the DJ, on the device of their choice. */
export function Headphones({ monitor }: { monitor: MonitorState }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [outputs, setOutputs] = useState<Output[]>([]);
  const [output, setOutput] = useState(() => readStored('booth.output') ?? '');
  const [volume, setVolume] = useState(() => Number(readStored('booth.volume') ?? '1'));
  const [needsTap, setNeedsTap] = useState(false);
  const stream = monitor.status === 'connected' ? monitor.stream : null;

  const play = async (): Promise<void> => {
    const element = audio.current;
    if (element === null) return;
    try {
      await element.play();
      setNeedsTap(false);
    } catch (error) {
      // Browsers play nothing before the page was touched; any other failure ends with the stream itself.
      if (error instanceof DOMException && error.name === 'NotAllowedError') setNeedsTap(true);
    }
  };

  useEffect(() => {
    const element = audio.current;
    if (element === null) return;
    element.srcObject = stream;
    if (stream !== null) void Promise.resolve().then(play);
  }, [stream]);

  useEffect(() => {
    if (audio.current !== null) audio.current.volume = volume;
  }, [volume]);

  useEffect(() => {
    const element = audio.current;
    if (!CAN_CHOOSE || element === null) return;
    // A device that is no longer there leaves the sound where it is; the list shows what can be had.
    element.setSinkId(output).catch(() => setOutput(''));
  }, [output]);

  useEffect(() => {
    const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
    if (!CAN_CHOOSE || devices === undefined) return;
    let isCurrent = true;
    const read = async (): Promise<void> => {
      const found = (await devices.enumerateDevices()).filter(
        ({ kind, deviceId }) => kind === 'audiooutput' && deviceId !== '' && deviceId !== 'default',
      );
      if (isCurrent) setOutputs(found.map(({ deviceId, label }) => ({ id: deviceId, label })));
    };
    const changed = (): void => void read();
    changed();
    devices.addEventListener('devicechange', changed);
    return () => {
      isCurrent = false;
      devices.removeEventListener('devicechange', changed);
    };
  }, []);

  return (
    <div className={styles.headphones} role="group" aria-label="Headphones">
      {/* The DJ's own ear: there is nobody to caption it for. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <audio ref={audio} autoPlay data-testid="cue-audio" />
      {needsTap && (
        <button type="button" className={styles.tap} onClick={() => void play()}>
          Tap to hear your headphones
        </button>
      )}
      <label className={styles.volume}>
        <span>Headphones</span>
        <input
          type="range"
          min={0}
          max={1}
          step={0.02}
          value={volume}
          onChange={(event) => {
            setVolume(event.target.valueAsNumber);
            writeStored('booth.volume', event.target.value);
          }}
        />
      </label>
      {outputs.length > 0 && (
        <select
          className={styles.output}
          aria-label="Where the headphones are plugged in"
          value={output}
          onChange={(event) => {
            setOutput(event.target.value);
            writeStored('booth.output', event.target.value);
          }}
        >
          <option value="">This machine’s default</option>
          {outputs.map(({ id, label }, at) => (
            <option key={id} value={id}>
              {label === '' ? `Output ${at + 1}` : label}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
