import { useState } from 'react';

import type { StreamHealth } from '@/api/encoder/types';
import { Button, ButtonLink } from '@/components/Button';
import { CopyLink } from '@/components/CopyLink';
import { Dialog } from '@/components/Dialog';
import { Notice } from '@/components/Notice';
import { RecordingSwitch } from '@/components/RecordingSwitch';
import { formatBitrate, plural } from '@/lib/format';

import type { Broadcast } from './broadcast';
import styles from './LivePanel.module.css';
import type { BroadcastControl } from './useBroadcast';
import { useOutgoing } from './useOutgoing';

interface LivePanelProps {
  broadcast: Extract<Broadcast, { phase: 'on-air' | 'ending' }>;
  control: BroadcastControl;
  health: StreamHealth | null;
}

/** What one needs to know and do while on air. */
export function LivePanel({ broadcast, control, health }: LivePanelProps) {
  const { stream, publish } = broadcast;
  const [isAsking, setAsking] = useState(false);
  const outgoing = useOutgoing(control.connection, publish?.status === 'live');
  const watchPath = `/watch/${stream.id}`;
  return (
    <div className={styles.live}>
      <h2>{stream.title}</h2>
      {publish?.status === 'failed' && (
        <Notice
          tone="bad"
          title="You are off air"
          live
          actions={
            <Button size="small" onClick={() => void control.continueHere()}>
              Try again
            </Button>
          }
        >
          <p>{publish.message}</p>
        </Notice>
      )}
      {publish?.status === 'reconnecting' && (
        <Notice tone="warn" title="The connection is lost" live>
          <p>We are bringing you back. Your viewers are told to wait for you.</p>
        </Notice>
      )}
      <dl className={styles.figures}>
        <div className={styles.health} data-grade={outgoing?.health.grade}>
          <dt>Connection</dt>
          <dd aria-live="polite">{outgoing?.health.says ?? 'Measuring…'}</dd>
        </div>
        <div>
          <dt>Sending</dt>
          <dd>{outgoing ? formatBitrate(outgoing.bitrateBps) : '–'}</dd>
        </div>
        <div>
          <dt>Picture</dt>
          <dd>
            {outgoing && outgoing.height > 0 ? `${outgoing.height}p at ${Math.round(outgoing.fps)} fps` : '–'}
          </dd>
        </div>
        <div>
          <dt>Most at once</dt>
          <dd>{plural(stream.peakViewers, 'viewer')}</dd>
        </div>
      </dl>
      <RecordingSwitch streamId={stream.id} health={health} />
      <div className={styles.share}>
        <CopyLink path={watchPath}>Copy link</CopyLink>
        <ButtonLink to={watchPath} target="_blank" size="small">
          See it as a viewer
        </ButtonLink>
      </div>
      <Button
        kind="danger"
        size="large"
        wide
        busy={broadcast.phase === 'ending'}
        data-testid="end-stream"
        onClick={() => setAsking(true)}
      >
        End stream
      </Button>
      <Dialog
        isOpen={isAsking}
        title="End the stream?"
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>Keep going</Button>
            <Button
              kind="danger"
              data-testid="end-confirm"
              onClick={() => {
                setAsking(false);
                void control.end();
              }}
            >
              End it
            </Button>
          </>
        }
      >
        <p>It ends for {plural(stream.viewerCount, 'viewer')} at once, and cannot be taken up again.</p>
      </Dialog>
    </div>
  );
}
