import { useRef } from 'react';

import type { Stream } from '@/api/types';
import { OnAir } from '@/components/OnAir';
import { ControlButton } from '@/components/player/ControlButton';
import { usePlayer } from '@/components/player/usePlayer';
import { useTransport } from '@/components/player/useTransport';
import { useRoom } from '@/components/room/useRoom';
import { useElapsed } from '@/components/useElapsed';
import { formatElapsed, formatLatency, plural } from '@/lib/format';

import styles from './LivePreview.module.css';

/** What viewers get, without its sound until that is asked for. */
export function LivePreview({ stream }: { stream: Stream }) {
  const video = useRef<HTMLVideoElement>(null);
  // Without a preview the stream goes on: what is wrong with it is said beside it.
  const { room, rejoin } = useRoom(stream.id);
  const player = usePlayer(video, true, true);
  const { status, reading } = useTransport(video, room.status === 'joined' ? room.joined.watch : null, {
    forced: null,
    mode: 'real-time',
    rewound: null,
    isUp: stream.mediaState !== 'waiting',
    isLive: stream.mediaState === 'live',
    onRefused: rejoin,
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
