import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** Closer to the end than this counts as being there. */
const NEAR_PX = 40;

interface StickToEnd {
  scroller: RefObject<HTMLDivElement | null>;
  isAtEnd: boolean;
  /** The newest that was there when its reader left the end. */
  seen: number;
  onScroll: () => void;
  goToEnd: () => void;
}

/** Keeps a scroller at its end as `newest` grows, unless its reader has scrolled away from there. */
export function useStickToEnd(newest: number): StickToEnd {
  const scroller = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ isAtEnd: true, seen: newest });
  const isAtEnd = useRef(true);

  const goToEnd = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    isAtEnd.current = true;
    element.scrollTop = element.scrollHeight;
    setPlace((before) => (before.isAtEnd ? before : { ...before, isAtEnd: true }));
  }, []);

  useLayoutEffect(() => {
    if (isAtEnd.current) goToEnd();
  }, [newest, goToEnd]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    // A phone's keyboard takes half of the height away.
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) goToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [goToEnd]);

  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    if (isNear === isAtEnd.current) return;
    isAtEnd.current = isNear;
    setPlace({ isAtEnd: isNear, seen: newest });
  };
  return { scroller, ...place, onScroll, goToEnd };
}
