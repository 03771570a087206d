import { useEffect, useState, type CSSProperties } from 'react';

import type { Track } from '@/api/library/types';
import { Icon } from '@/components/Icon';

import styles from './Cover.module.css';
import { covers } from './covers';

/** Rows that are only scrolled past do not ask for their picture. */
const SETTLE_MS = 150;

/** The picture of a track, or a sign in a colour of its own. */
export function Cover({ track }: { track: Pick<Track, 'id' | 'hasCover'> }) {
  const { id, hasCover } = track;
  const [url, setUrl] = useState(() => covers.find(id));
  useEffect(() => {
    if (!hasCover) return;
    const leave = covers.show(id);
    const stopping = new AbortController();
    const timer = setTimeout(
      () => {
        // Without its picture a track keeps the sign.
        covers.fetch(id, stopping.signal).then(setUrl, () => undefined);
      },
      covers.find(id) === null ? SETTLE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      stopping.abort();
      leave();
    };
  }, [id, hasCover]);
  if (hasCover && url !== null) return <img className={styles.cover} src={url} alt="" draggable={false} />;
  return (
    <span className={styles.cover} style={{ '--hue': hueOf(id) } as CSSProperties}>
      <Icon name="music" />
    </span>
  );
}

function hueOf(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) % 360;
  return hash;
}
