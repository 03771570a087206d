import type { Stream } from '@/api/types';
import type { Transport } from '@/components/player/useTransport';
import type { Room } from '@/components/room/room';

/** What the page shows. */
export type WatchState =
  | 'connecting'
  | 'waiting'
  | 'live'
  | 'interrupted'
  | 'reconnecting'
  | 'ended'
  | 'announced'
  | 'error'
  | 'not-found';

export function watchState(room: Room, transport: Transport): WatchState {
  switch (room.status) {
    case 'joining':
      return 'connecting';
    case 'not-found':
      return 'not-found';
    case 'announced':
      return 'announced';
    case 'failed':
      return 'error';
    case 'ended':
      return 'ended';
    case 'joined':
      return joinedState(room.joined.stream, transport);
  }
}

function joinedState(stream: Stream, transport: Transport): WatchState {
  // Who is looking at what was does not see that nothing comes now.
  if (transport.kind === 'rewind' && transport.status === 'playing') return 'live';
  if (stream.mediaState === 'interrupted') return 'interrupted';
  // What is seen counts for more than news that may be late.
  if (transport.status === 'playing') return 'live';
  if (stream.mediaState === 'waiting') return 'waiting';
  if (transport.status === 'failed') return 'error';
  return transport.status === 'reconnecting' ? 'reconnecting' : 'connecting';
}
