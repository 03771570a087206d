import { useEffect, useState, type CSSProperties } from 'react';

import { downloadProgress } from '@/api/replays/download-progress';
import type { Replay } from '@/api/replays/types';
import { watchReplay } from '@/api/replays/watch-replay';
import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';
import { ApiError } from '@/lib/http';
import { pause } from '@/lib/time';

import styles from './DownloadReplay.module.css';

const POLL_MS = 2000;

type Progress = { status: 'idle' } | { status: 'making'; share: number } | { status: 'failed'; message: string };

/** Takes a recording home as one MP4: it is made first, which is seen. */
export function DownloadReplay({ replay }: { replay: Replay }) {
  const [isWanted, setWanted] = useState(false);
  const [progress, setProgress] = useState<Progress>({ status: 'idle' });
  const { id, title } = replay;
  useEffect(() => {
    if (!isWanted) return;
    const stopping = new AbortController();
    const { signal } = stopping;
    const fetchIt = async (): Promise<void> => {
      const { downloadUrl } = await watchReplay(id, signal);
      if (downloadUrl === null) throw new ApiError(403, 'FORBIDDEN', 'Only its creator may download it.');
      for (;;) {
        const share = await downloadProgress(downloadUrl, signal);
        if (share === null) break;
        setProgress({ status: 'making', share });
        await pause(POLL_MS, signal);
      }
      Object.assign(document.createElement('a'), { href: downloadUrl, download: `${fileName(title)}.mp4` }).click();
      setProgress({ status: 'idle' });
      setWanted(false);
    };
    fetchIt().catch((error: unknown) => {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      setProgress({ status: 'failed', message: error.message });
      setWanted(false);
    });
    return () => stopping.abort();
  }, [isWanted, id, title]);

  if (isWanted) {
    const percent = progress.status === 'making' ? Math.round(progress.share * 100) : 0;
    return (
      <span className={styles.making} role="status">
        <span className={styles.track} style={{ '--share': `${percent}%` } as CSSProperties} aria-hidden="true" />
        Making the MP4, {percent}%
        <Button size="small" kind="ghost" aria-label={`Do not download ${title}`} onClick={() => setWanted(false)}>
          <Icon name="close" />
        </Button>
      </span>
    );
  }
  return (
    <>
      <Button
        size="small"
        aria-label={`Download ${title} as MP4`}
        data-testid="replay-download"
        onClick={() => {
          setProgress({ status: 'making', share: 0 });
          setWanted(true);
        }}
      >
        <Icon name="download" />
        MP4
      </Button>
      {progress.status === 'failed' && (
        <span className={styles.bad} role="alert">
          {progress.message}
        </span>
      )}
    </>
  );
}

/** What file systems take everywhere. */
function fileName(title: string): string {
  const name = title.replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ').replace(/\s+/g, ' ').trim();
  return name === '' ? 'Replay' : name.slice(0, 100);
}
