import { useEffect, useRef, useState } from 'react';

import { joinStream, type Joined } from '@/api/join-stream';
import { leaveStream } from '@/api/leave-stream';
import type { Stream } from '@/api/types';
import { OnAir } from '@/components/OnAir';
import { ControlButton } from '@/components/player/ControlButton';
import { usePlayer } from '@/components/player/usePlayer';
import { useTransport } from '@/components/player/useTransport';
import { useElapsed } from '@/components/useElapsed';
import { ApiError } from '@/lib/http';
import { formatElapsed, formatLatency, plural } from '@/lib/format';

import styles from './LivePreview.module.css';

/** What viewers get, without its sound until that is asked for. */
export function LivePreview({ stream }: { stream: Stream }) {
  const video = useRef<HTMLVideoElement>(null);
  const [visit, setVisit] = useState(0);
  const joined = useJoined(stream.id, visit);
  const player = usePlayer(video, true, true);
  const { status, reading } = useTransport(video, joined?.watch ?? null, {
    forced: null,
    mode: 'real-time',
    rewound: null,
    isUp: stream.mediaState !== 'waiting',
    isLive: stream.mediaState === 'live',
    onRefused: () => setVisit((count) => count + 1),
    onRewindLost: () => undefined,
  });
  const elapsed = useElapsed(stream.startTime);
  const latencyS = reading?.latencyS ?? null;
  return (
    <div className={styles.preview}>
      {/* A live stream has no captions to offer. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <video ref={video} playsInline aria-label="What viewers see" data-testid="preview" />
      {status !== 'playing' && <p className={styles.cover}>The picture is on its way</p>}
      <div className={styles.facts}>
        <span role="status">
          <OnAir tone={stream.mediaState === 'live' ? 'live' : 'pending'}>
            {stream.mediaState === 'live' ? 'On air' : 'Interrupted'}
          </OnAir>
        </span>
        <span>
          <span className="visually-hidden">Live for </span>
          {formatElapsed(elapsed)}
        </span>
        <span data-testid="viewer-count">{plural(stream.viewerCount, 'viewer')}</span>
      </div>
      <div className={styles.sound}>
        {latencyS !== null && <span title="From our server to this page">{formatLatency(latencyS)}</span>}
        <ControlButton
          icon={player.isMuted ? 'volumeOff' : 'volume'}
          label={player.isMuted ? 'Hear it' : 'Mute'}
          onPress={player.toggleMute}
        />
      </div>
    </div>
  );
}

/** The grant of a viewer, who leaves again with the page. */
function useJoined(streamId: string, visit: number): Joined | null {
  const [joined, setJoined] = useState<Joined | null>(null);
  useEffect(() => {
    const stopping = new AbortController();
    let viewerId: string | null = null;
    const leave = (): void => {
      // The platform also notices by itself, later, that nobody watches.
      if (viewerId !== null) leaveStream(streamId, viewerId).catch(() => undefined);
    };
    joinStream(streamId, stopping.signal).then(
      (answer) => {
        viewerId = answer.viewerId;
        if (stopping.signal.aborted) leave();
        else setJoined(answer);
      },
      (error: unknown) => {
        // Without a preview the stream goes on: what is wrong with it is said beside it.
        if (!stopping.signal.aborted && !(error instanceof ApiError)) throw error;
      },
    );
    return () => {
      stopping.abort();
      leave();
    };
  }, [streamId, visit]);
  return joined;
}
