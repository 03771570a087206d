import { useRef } from 'react';

import { Controls } from './Controls';
import styles from './Player.module.css';
import { SoundCover } from './SoundCover';
import { StateCover } from './StateCover';
import { useIdle } from './useIdle';
import { usePicture } from './usePicture';
import { usePlayer } from './usePlayer';
import { usePlayerKeys } from './usePlayerKeys';
import { useScreen } from './useScreen';
import { useTransport } from './useTransport';
import { watchState, type Room, type TransportKind } from './watch-state';

interface PlayerProps {
  room: Room;
  forced: TransportKind | null;
  onRejoin: () => void;
}

/** The picture, its sound, and everything laid over it. */
export function Player({ room, forced, onRejoin }: PlayerProps) {
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const joined = room.status === 'joined' ? room.joined : null;
  const mediaState = joined?.stream.mediaState;
  const player = usePlayer(video);
  const transport = useTransport(video, joined?.watch ?? null, {
    forced,
    isUp: mediaState !== undefined && mediaState !== 'waiting',
    isLive: mediaState === 'live',
    onRefused: onRejoin,
  });
  const screen = useScreen(frame, video);
  const isIdle = useIdle(frame);
  usePlayerKeys(player, screen);
  const state = watchState(room, transport);
  const hasPicture = usePicture(video, state === 'live');
  const isQuiet = isIdle && state === 'live' && !player.isPaused;

  return (
    <div ref={frame} className={styles.player} data-quiet={isQuiet}>
      {/* A live stream has no captions to offer. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <video
        ref={video}
        className={styles.video}
        playsInline
        aria-label={joined === null ? 'Live stream' : `Live: ${joined.stream.title}`}
        data-testid="player"
        onClick={player.togglePlay}
      />
      {joined !== null && hasPicture === false && (
        // A new connection brings a new stream to listen to.
        <SoundCover key={`${transport.kind} ${transport.status}`} video={video} stream={joined.stream} />
      )}
      <StateCover
        state={state}
        creatorName={joined?.stream.creatorName ?? null}
        message={room.status === 'failed' ? room.message : null}
        onRetry={onRejoin}
      />
      {player.needsTapForSound && state === 'live' && (
        <button type="button" className={styles.tap} onClick={player.unmute}>
          Tap for sound
        </button>
      )}
      {/* Before the first picture there is nothing to play, pause or put elsewhere. */}
      {joined !== null && state !== 'error' && state !== 'waiting' && (
        <Controls player={player} screen={screen} transport={transport} state={state} />
      )}
    </div>
  );
}
