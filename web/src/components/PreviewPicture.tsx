import { useEffect, useRef, useState, type RefObject } from 'react';

import type { CreatorType } from '@/api/types';

import { Poster } from './Poster';
import styles from './PreviewPicture.module.css';

interface PreviewPictureProps {
  seed: string;
  /** What is drawn where there is none: a record, or spotlights. */
  look: CreatorType;
  /** Of a still; null where there is none. */
  src: string | null;
  /** Whether the server makes a moving one beside it. */
  canMove?: boolean;
  /** Changes when there may be a newer picture at the same address. */
  version?: number;
}

/** A stream as it looks: a picture of it, moving while it is pointed at, or one drawn for it. */
export function PreviewPicture({ seed, look, src, canMove = false, version = 0 }: PreviewPictureProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const isPointedAt = usePointedAt(root, canMove && src !== null);
  const address = src === null || version === 0 ? src : `${src}?v=${version}`;
  return (
    <div ref={root} className={styles.frame}>
      {address === null || broken === address ? (
        <Poster seed={seed} role={look} />
      ) : (
        <img src={address} alt="" loading="lazy" decoding="async" onError={() => setBroken(address)} />
      )}
      {isPointedAt && src !== null && (
        <img
          src={movingOf(src)}
          alt=""
          // Without a moving picture the still one goes on being seen.
          onError={(event) => (event.currentTarget.hidden = true)}
        />
      )}
    </div>
  );
}

/** The animated picture stands beside the still one. */
function movingOf(src: string): string {
  return src.replace(/\.jpg$/, '.webp');
}

/** Whether the card around `root` is pointed at, or has the focus; never where people asked for less motion. */
function usePointedAt(root: RefObject<HTMLElement | null>, isOn: boolean): boolean {
  const [isPointedAt, setPointedAt] = useState(false);
  useEffect(() => {
    const card = root.current?.closest('article');
    if (!isOn || !card || window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const on = (): void => setPointedAt(true);
    const off = (): void => setPointedAt(false);
    card.addEventListener('pointerenter', on);
    card.addEventListener('focusin', on);
    card.addEventListener('pointerleave', off);
    card.addEventListener('focusout', off);
    return () => {
      card.removeEventListener('pointerenter', on);
      card.removeEventListener('focusin', on);
      card.removeEventListener('pointerleave', off);
      card.removeEventListener('focusout', off);
    };
  }, [root, isOn]);
  return isPointedAt;
}
