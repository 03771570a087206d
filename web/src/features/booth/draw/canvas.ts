import { useEffect, useRef, type RefObject } from 'react';

export interface Sheet {
  context: CanvasRenderingContext2D;
  /** CSS pixels. */
  width: number;
  height: number;
  /** Device pixels per CSS pixel. */
  ratio: number;
}

/** More device pixels than this per CSS pixel cost more than anybody sees of them in motion. */
const MAX_RATIO = 2;

/** A canvas that has as many pixels as it covers; null before it is laid out. */
export function useSheet(canvas: RefObject<HTMLCanvasElement | null>): RefObject<Sheet | null> {
  const sheet = useRef<Sheet | null>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width === 0 || height === 0) {
        sheet.current = null;
        return;
      }
      const ratio = Math.min(window.devicePixelRatio, MAX_RATIO);
      element.width = Math.round(width * ratio);
      element.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      sheet.current = { context, width, height, ratio };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [canvas]);
  return sheet;
}
