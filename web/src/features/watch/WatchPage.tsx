import { useParams, useSearchParams } from 'react-router';

import { useChat } from '@/api/chat/useChat';
import { ButtonLink } from '@/components/Button';
import { ChatPanel } from '@/components/chat/ChatPanel';
import { FullPageMessage, useTitle } from '@/components/Page';
import type { Room } from '@/components/room/room';
import { useRoom } from '@/components/room/useRoom';
import { useUser } from '@/components/session';

import { CountdownCover } from './CountdownCover';
import { EndedCover } from './EndedCover';
import { Player } from './Player';
import { StreamDetails } from './StreamDetails';
import styles from './WatchPage.module.css';

export default function WatchPage() {
  const { id = '' } = useParams();
  const [query] = useSearchParams();
  // Another stream or another transport starts from nothing.
  const forced = forcedTransport(query.get('transport'));
  return <Watch key={`${id} ${forced ?? 'any'}`} streamId={id} forced={forced} />;
}

/** `?transport=` holds the player to one transport: for support, and for tests. */
function forcedTransport(wish: string | null): 'webrtc' | 'hls' | null {
  return wish === 'webrtc' || wish === 'hls' ? wish : null;
}

function Watch({ streamId, forced }: { streamId: string; forced: 'webrtc' | 'hls' | null }) {
  const { room, rejoin } = useRoom(streamId);
  const stream = streamOf(room);
  const userId = useUser()?.id ?? null;
  // Before it begins there is nothing to talk beside.
  const hasChat = stream !== null && stream.status !== 'scheduled';
  const chat = useChat(hasChat ? stream.id : null, userId);
  useTitle(stream === null ? 'Watch' : `${stream.title} · ${stream.creatorName}`);

  if (room.status === 'not-found') {
    return (
      <div data-testid="stream-state" data-state="not-found">
        <FullPageMessage
          title="No such stream"
          actions={
            <ButtonLink to="/" kind="primary">
              See who is live
            </ButtonLink>
          }
        >
          <p>The link may be mistyped, or the stream is long over.</p>
        </FullPageMessage>
      </div>
    );
  }
  return (
    <div className={styles.watch} data-chat={hasChat}>
      {room.status === 'ended' ? (
        <EndedCover stream={room.stream} />
      ) : room.status === 'announced' ? (
        <CountdownCover stream={room.stream} />
      ) : (
        <Player room={room} forced={forced} onRejoin={rejoin} />
      )}
      {stream !== null && <StreamDetails stream={stream} />}
      {hasChat && (
        <div className={styles.chat}>
          <ChatPanel chat={chat} userId={userId} isOpen={stream.status === 'live'} />
        </div>
      )}
    </div>
  );
}

function streamOf(room: Room) {
  if (room.status === 'joined') return room.joined.stream;
  return room.status === 'ended' || room.status === 'announced' ? room.stream : null;
}
