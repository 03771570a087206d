import { useEffect, useState, type RefObject } from 'react';

const IDLE_MS = 3000;

/** Whether pointer and keyboard have left `frame` alone for a while. */
export function useIdle(frame: RefObject<HTMLElement | null>): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stir = (): void => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIdle(true), IDLE_MS);
    };
    stir();
    const events = ['pointermove', 'pointerdown', 'focusin', 'keydown'] as const;
    for (const event of events) element.addEventListener(event, stir);
    return () => {
      clearTimeout(timer);
      for (const event of events) element.removeEventListener(event, stir);
    };
  }, [frame]);
  return isIdle;
}
