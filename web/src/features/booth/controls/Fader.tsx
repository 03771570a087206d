import { useRef, type CSSProperties } from 'react';

import styles from './Fader.module.css';
import { share, type Travel } from './travel';
import { useTravel } from './useTravel';

interface FaderProps {
  label: string;
  orientation: 'vertical' | 'horizontal';
  travel: Travel;
  value: number;
  format: (value: number) => string;
  onChange: (value: number) => void;
  /** Marks beside the way, as shares of it. */
  marks?: readonly number[];
  /** The vertical way runs downwards, as that of a turntable's pitch does. */
  isInverted?: boolean;
  control: string;
}

/** Length of the cap along its way, in pixels. */
const CAP_PX = 34;

/** A fader. It is moved from where it is, wherever it is touched, so that a touch never makes it jump. */
export function Fader({
  label,
  orientation,
  travel,
  value,
  format,
  onChange,
  marks = [],
  isInverted = false,
  control,
}: FaderProps) {
  const element = useRef<HTMLDivElement>(null);
  const isVertical = orientation === 'vertical';
  const handlers = useTravel(element, travel, value, onChange, {
    valueOf: (dx, dy, { clientWidth, clientHeight }) => {
      const moved = isVertical ? (isInverted ? -dy : dy) : dx;
      const length = (isVertical ? clientHeight : clientWidth) - CAP_PX;
      return (moved / Math.max(length, 1)) * (travel.max - travel.min);
    },
  });
  const along = share(travel, value);
  const at = isInverted ? 1 - along : along;
  return (
    <div
      {...handlers}
      ref={element}
      className={[styles.fader, styles[orientation]].join(' ')}
      style={{ '--at': at } as CSSProperties}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuemin={travel.min}
      aria-valuemax={travel.max}
      aria-valuenow={Number(value.toFixed(3))}
      aria-valuetext={format(value)}
      title={`${label}: ${format(value)}`}
      data-control={control}
      data-testid={control}
    >
      {marks.map((mark) => (
        <i key={mark} className={styles.mark} style={{ '--mark': mark } as CSSProperties} />
      ))}
      <i className={styles.way} />
      <i className={styles.cap} />
    </div>
  );
}
