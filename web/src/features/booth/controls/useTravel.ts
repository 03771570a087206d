import { useEffect, useRef, type DOMAttributes, type RefObject } from 'react';

import { FINE, keyed, settled, type Travel } from './travel';

export interface Grip {
  /** What a movement of the pointer by (x, y) pixels, up and right being positive, adds to the value. */
  valueOf: (dx: number, dy: number, element: HTMLElement) => number;
}

type Handlers = Pick<
  DOMAttributes<HTMLElement>,
  'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel' | 'onKeyDown' | 'onDoubleClick'
>;

interface Drag {
  pointer: number;
  x: number;
  y: number;
  /** The value without the detent, so that one can pull out of it. */
  value: number;
}

/**
 * Moves a value by pointer, wheel and keys. Shift makes it finer, a double click or Delete resets. Wheel movements
 * count only where the control has the focus, so that scrolling the page over it moves nothing.
 */
export function useTravel(
  element: RefObject<HTMLElement | null>,
  travel: Travel,
  value: number,
  onChange: (value: number) => void,
  grip: Grip,
): Handlers {
  const drag = useRef<Drag | null>(null);
  const latest = useRef({ travel, value, onChange });
  useEffect(() => {
    latest.current = { travel, value, onChange };
  });

  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const turned = (event: WheelEvent): void => {
      if (document.activeElement !== target || event.deltaY === 0) return;
      event.preventDefault();
      const { travel: now, value: from, onChange: change } = latest.current;
      change(settled(now, from - Math.sign(event.deltaY) * now.step * (event.shiftKey ? FINE : 1)));
    };
    // React's own wheel listeners are passive, and could not keep the page from scrolling.
    target.addEventListener('wheel', turned, { passive: false });
    return () => target.removeEventListener('wheel', turned);
  }, [element]);

  const drop = (): void => {
    drag.current = null;
  };
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = { pointer: event.pointerId, x: event.clientX, y: event.clientY, value };
    },
    onPointerMove: (event) => {
      const held = drag.current;
      if (held?.pointer !== event.pointerId || !(event.currentTarget instanceof HTMLElement)) return;
      const moved = grip.valueOf(event.clientX - held.x, held.y - event.clientY, event.currentTarget);
      held.x = event.clientX;
      held.y = event.clientY;
      held.value = Math.min(travel.max, Math.max(travel.min, held.value + moved * (event.shiftKey ? FINE : 1)));
      const next = settled(travel, held.value);
      if (next !== value) onChange(next);
    },
    onPointerUp: drop,
    onPointerCancel: drop,
    onDoubleClick: () => onChange(travel.resetTo),
    onKeyDown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const next = keyed(travel, value, event.key, event.shiftKey);
      if (next === null) return;
      event.preventDefault();
      if (next !== value) onChange(next);
    },
  };
}
