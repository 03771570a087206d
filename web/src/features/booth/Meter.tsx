import { useRef } from 'react';

import { useSheet, type Sheet } from './draw/canvas';
import { useFrames } from './draw/frames';
import styles from './Meter.module.css';

export interface Reading {
  vuDb: number;
  peakDb: number;
  isClipping: boolean;
}

interface MeterProps {
  label: string;
  read: () => Reading | null;
}

const FLOOR_DB = -48;
const TOP_DB = 3;
const SEGMENT_PX = 5;
const GAP_PX = 1.5;

/** A row of lights: the loudness fills it, the peak stands above, and the topmost says that it clips. */
export function Meter({ label, read }: MeterProps) {
  const meter = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const sheet = useSheet(canvas);
  useFrames(() => {
    if (sheet.current === null) return;
    const reading = read();
    paint(sheet.current, reading);
    const vuDb = Math.max(FLOOR_DB, Math.round(reading?.vuDb ?? FLOOR_DB));
    meter.current?.setAttribute('aria-valuenow', String(vuDb));
  });
  return (
    <div
      ref={meter}
      className={styles.meter}
      role="meter"
      aria-label={label}
      aria-valuemin={FLOOR_DB}
      aria-valuemax={TOP_DB}
      aria-valuenow={FLOOR_DB}
    >
      <canvas ref={canvas} />
    </div>
  );
}

function paint({ context, width, height }: Sheet, reading: Reading | null): void {
  context.clearRect(0, 0, width, height);
  const count = Math.max(1, Math.floor(height / (SEGMENT_PX + GAP_PX)));
  const lightOf = (db: number): number => Math.round(((db - FLOOR_DB) / (TOP_DB - FLOOR_DB)) * count);
  const filled = reading === null ? 0 : lightOf(reading.vuDb);
  const peak = reading === null ? 0 : lightOf(reading.peakDb);
  for (let light = 1; light <= count; light += 1) {
    const db = FLOOR_DB + (light / count) * (TOP_DB - FLOOR_DB);
    const isClip = light === count;
    const isOn = isClip ? reading?.isClipping === true : light <= filled || light === peak;
    context.fillStyle = colourOf(db, isClip);
    context.globalAlpha = isOn ? 1 : 0.14;
    context.fillRect(0, height - light * (SEGMENT_PX + GAP_PX), width, SEGMENT_PX);
  }
  context.globalAlpha = 1;
}

function colourOf(db: number, isClip: boolean): string {
  if (isClip || db > 0) return '#ff3b5c';
  if (db > -6) return '#ffb03d';
  return db > -14 ? '#e6f04a' : '#7be45c';
}
