import { useRef } from 'react';

import styles from './Knob.module.css';
import { share, type Travel } from './travel';
import { useTravel } from './useTravel';

interface KnobProps {
  /** The whole name, for those who do not see where it stands. */
  label: string;
  /** What is printed under it. */
  caption: string;
  travel: Travel;
  value: number;
  format: (value: number) => string;
  onChange: (value: number) => void;
  size?: 'small' | 'medium' | 'large';
  /** How controllers and tests name it. */
  control: string;
}

/** Pixels of a finger's way from one end to the other. */
const WAY_PX = 160;
const SWEEP = 270;
const RADIUS = 19;

/** A rotary control, moved up and down. */
export function Knob({ label, caption, travel, value, format, onChange, size = 'medium', control }: KnobProps) {
  const element = useRef<HTMLDivElement>(null);
  const handlers = useTravel(element, travel, value, onChange, {
    valueOf: (dx, dy) => ((dy + dx * 0.5) / WAY_PX) * (travel.max - travel.min),
  });
  const at = share(travel, value);
  const origin = share(travel, travel.detent ?? travel.min);
  return (
    <div className={[styles.knob, styles[size]].join(' ')}>
      <div
        {...handlers}
        ref={element}
        className={styles.dial}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={travel.min}
        aria-valuemax={travel.max}
        aria-valuenow={Number(value.toFixed(3))}
        aria-valuetext={format(value)}
        title={`${label}: ${format(value)}`}
        data-control={control}
        data-testid={control}
      >
        <svg viewBox="0 0 48 48" aria-hidden="true">
          <path className={styles.track} d={arc(0, 1)} />
          {Math.abs(at - origin) > 0.004 && (
            <path className={styles.value} d={arc(Math.min(at, origin), Math.max(at, origin))} />
          )}
          <path className={styles.pointer} d="M24 11.5v7" transform={`rotate(${(at - 0.5) * SWEEP} 24 24)`} />
        </svg>
      </div>
      <span className={styles.caption} aria-hidden="true">
        {caption}
      </span>
    </div>
  );
}

/** The part of the ring between two shares of the way. */
function arc(from: number, to: number): string {
  const a = point(from);
  const b = point(to);
  const isLarge = (to - from) * SWEEP > 180 ? 1 : 0;
  return `M${a} A${RADIUS} ${RADIUS} 0 ${isLarge} 1 ${b}`;
}

function point(at: number): string {
  const angle = (((at - 0.5) * SWEEP - 90) * Math.PI) / 180;
  return `${(24 + RADIUS * Math.cos(angle)).toFixed(2)} ${(24 + RADIUS * Math.sin(angle)).toFixed(2)}`;
}
