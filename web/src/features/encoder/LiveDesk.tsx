import { useState } from 'react';

import { useChat } from '@/api/chat/useChat';
import { useStreamHealth } from '@/api/encoder/useStreamHealth';
import { endStream } from '@/api/end-stream';
import type { Stream } from '@/api/types';
import { Button, ButtonLink } from '@/components/Button';
import { ChatPanel } from '@/components/chat/ChatPanel';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { CopyLink } from '@/components/CopyLink';
import type { Creator } from '@/components/CreatorPage';
import { Notice } from '@/components/Notice';
import { RecordingSwitch } from '@/components/RecordingSwitch';
import { plural } from '@/lib/format';

import { HealthPanel } from './HealthPanel';
import styles from './LiveDesk.module.css';
import { LivePreview } from './LivePreview';
import { TargetsPanel } from '@/components/targets/TargetsPanel';

interface LiveDeskProps {
  stream: Stream;
  creator: Creator;
  onEnded: () => void;
}

/** While the encoder is connected: what viewers get, how it arrives, who is there. */
export function LiveDesk({ stream, creator, onEnded }: LiveDeskProps) {
  const health = useStreamHealth(stream.id);
  const chat = useChat(stream.id, creator.id);
  const [isAsking, setAsking] = useState(false);
  const watchPath = `/watch/${stream.id}`;
  return (
    <div className={styles.desk} data-testid="encoder-live">
      <div className={styles.stage}>
        <LivePreview stream={stream} />
        {stream.mediaState === 'interrupted' && (
          <Notice tone="warn" title="Your encoder is gone" live>
            <p>Viewers are told to wait. When it connects again with the same key, the stream goes on.</p>
          </Notice>
        )}
      </div>
      <div className={styles.panel}>
        <div className={styles.words}>
          <h2>{stream.title}</h2>
          <div className={styles.share}>
            <CopyLink path={watchPath}>Copy link</CopyLink>
            <ButtonLink to={watchPath} target="_blank" size="small">
              See it as a viewer
            </ButtonLink>
          </div>
        </div>
        <RecordingSwitch streamId={stream.id} health={health} />
        <Button kind="danger" size="large" wide data-testid="end-stream" onClick={() => setAsking(true)}>
          End stream
        </Button>
        <div className={styles.chat}>
          <ChatPanel chat={chat} userId={creator.id} isOpen />
        </div>
      </div>
      <div className={styles.reports}>
        <HealthPanel health={health} />
        <TargetsPanel states={health?.targets ?? {}} />
      </div>
      {isAsking && (
        <ConfirmDialog
          title="End the stream?"
          yes="End it"
          no="Keep going"
          onClose={() => setAsking(false)}
          onYes={async () => {
            await endStream(creator.role, stream.id);
            onEnded();
          }}
        >
          <p>
            It ends for {plural(stream.viewerCount, 'viewer')} at once, and OBS is disconnected. Stop OBS too, or it
            connects again and begins another stream.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}
