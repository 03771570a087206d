import { useRef, type CSSProperties, type ReactNode } from 'react';

import styles from './Key.module.css';

interface KeyProps {
  /** The whole name; what stands on the key may be an abbreviation. */
  label: string;
  children: ReactNode;
  /** For keys with a light; undefined for those without. */
  isOn?: boolean;
  isDisabled?: boolean;
  size?: 'small' | 'medium' | 'pad' | 'big';
  /** The colour of its light. */
  light?: string;
  control: string;
  onPress: () => void;
}

function lookOf({ size = 'medium', light }: Pick<KeyProps, 'size' | 'light'>) {
  return {
    className: [styles.key, styles[size]].join(' '),
    ...(light !== undefined && { style: { '--light': light } as CSSProperties }),
  };
}

/** A key of the desk: does something as it is released, and may have a light. */
export function Key({ label, children, isOn, isDisabled = false, control, onPress, ...look }: KeyProps) {
  return (
    <button
      type="button"
      {...lookOf(look)}
      aria-label={label}
      aria-pressed={isOn}
      title={label}
      disabled={isDisabled}
      data-control={control}
      data-testid={control}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

interface HoldKeyProps extends KeyProps {
  onRelease: () => void;
}

/** A key that matters as long as it is held, by finger, mouse, Enter or the space bar. */
export function HoldKey({
  label,
  children,
  isOn,
  isDisabled = false,
  control,
  onPress,
  onRelease,
  ...look
}: HoldKeyProps) {
  const isHeldByKey = useRef(false);
  const release = (): void => {
    if (!isHeldByKey.current) return;
    isHeldByKey.current = false;
    onRelease();
  };
  return (
    <button
      type="button"
      {...lookOf(look)}
      aria-label={label}
      aria-pressed={isOn}
      title={label}
      disabled={isDisabled}
      data-control={control}
      data-testid={control}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        onPress();
      }}
      onLostPointerCapture={onRelease}
      onKeyDown={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return;
        event.preventDefault();
        if (event.repeat) return;
        isHeldByKey.current = true;
        onPress();
      }}
      onKeyUp={release}
      // Whoever leaves while holding it will not be there to let go.
      onBlur={release}
      onContextMenu={(event) => event.preventDefault()}
    >
      {children}
    </button>
  );
}
