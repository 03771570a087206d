import { useState } from 'react';
import { Link } from 'react-router';

import type { Entered } from '@/api/mix/types';
import { Button } from '@/components/Button';
import { CopyLink } from '@/components/CopyLink';
import { Dialog } from '@/components/Dialog';
import { Icon } from '@/components/Icon';
import { Notice } from '@/components/Notice';
import { OnAir } from '@/components/OnAir';
import { useElapsed } from '@/components/useElapsed';
import { Wordmark } from '@/components/Wordmark';
import { formatElapsed, plural } from '@/lib/format';
import { ApiError } from '@/lib/http';
import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import type { BoothControl } from '../useBooth';
import type { SessionReading } from '../useMixSession';
import { GoLiveDialog } from './GoLiveDialog';
import { LinkQuality } from './LinkQuality';
import styles from './OnAirBar.module.css';
import { RecordKey } from './RecordKey';

export type Panel = 'people' | 'talk' | 'chat' | 'replay';

interface OnAirBarProps {
  entered: Entered;
  control: BoothControl;
  reading: SessionReading;
  isLead: boolean;
  openPanel: Panel | null;
  /** Messages that were not seen yet. */
  unread: number;
  /** Whether the stream becomes a replay; null where that is for somebody else to say. */
  isKept: boolean | null;
  onPanel: (panel: Panel) => void;
  onHelp: () => void;
}

/** What is on air, since when and for whom; and the way there and off. */
export function OnAirBar({ entered, control, reading, isLead, openPanel, unread, isKept, onPanel, onHelp }: OnAirBarProps) {
  const { stream, mix } = entered;
  const isLive = stream.status === 'live';
  const [asking, setAsking] = useState<'go-live' | 'end' | null>(null);
  const isMicOn = useDesk((desk) => desk.microphone.on) ?? false;
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.home} aria-label="NRS Live, home">
        <Wordmark />
      </Link>
      <span role="status" data-testid="on-air" data-on-air={isLive && stream.mediaState === 'live'}>
        <Light isLive={isLive} mediaState={stream.mediaState} />
      </span>
      <div className={styles.what}>
        <p className={styles.title}>{isLive ? stream.title : 'The booth'}</p>
        {isLive ? (
          <Figures startTime={stream.startTime} viewerCount={stream.viewerCount} />
        ) : (
          <p className={`${styles.figures} ${styles.off}`}>Only you hear this</p>
        )}
      </div>
      <LinkQuality reading={reading} />
      <div className={styles.keys}>
        {isLive && (
          <Key
            label={unread === 0 ? 'Chat' : `Chat: ${plural(unread, 'new message')}`}
            control="chat_panel"
            isOn={openPanel === 'chat'}
            onPress={() => onPanel('chat')}
          >
            <Icon name="chat" />
            {unread > 0 && <span className={styles.unread}>{Math.min(unread, 99)}</span>}
          </Key>
        )}
        {isKept !== null && (
          <Key
            label={isKept ? 'Replay: the stream is kept' : 'Replay: the stream is not kept'}
            control="replay_panel"
            light="#ff3b5c"
            isOn={isKept}
            onPress={() => onPanel('replay')}
          >
            <Icon name="history" />
            <span className={styles.word}>REPLAY</span>
          </Key>
        )}
        <DeskKeys />
        <Key
          label="Microphone and camera"
          control="talk_panel"
          size="medium"
          isOn={isMicOn || openPanel === 'talk'}
          light="#ff86b8"
          onPress={() => onPanel('talk')}
        >
          <Icon name={isMicOn ? 'mic' : 'micOff'} />
          <span className={styles.word}>TALK</span>
        </Key>
        <Key
          label={`Who is in the booth: ${plural(mix.members.length, 'DJ')}`}
          control="people_panel"
          isOn={openPanel === 'people'}
          onPress={() => onPanel('people')}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="2.2">
            <path d="M8 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM1.5 20a6.5 6.5 0 0 1 13 0M16 11a3 3 0 1 0-1-5.8M17 14a6 6 0 0 1 5.5 6" />
          </svg>
          {mix.members.length}
        </Key>
        <Key label="How it works" control="help" onPress={onHelp}>
          ?
        </Key>
      </div>
      <div className={styles.end}>
        {isLive && (
          <span className={styles.share}>
            <CopyLink path={`/watch/${stream.id}`}>Copy link</CopyLink>
          </span>
        )}
        {isLive ? (
          <Button kind="danger" size="small" data-testid="end-stream" onClick={() => setAsking('end')}>
            End
          </Button>
        ) : (
          <>
            {isLead && (
              <Button kind="ghost" size="small" data-testid="close-booth" onClick={() => setAsking('end')}>
                Close
              </Button>
            )}
            <Button
              kind="primary"
              size="small"
              data-testid="go-live"
              disabled={!isLead}
              title={isLead ? undefined : 'Whoever leads the booth takes it on air'}
              onClick={() => setAsking('go-live')}
            >
              Go live
            </Button>
          </>
        )}
      </div>
      <GoLiveDialog isOpen={asking === 'go-live'} onClose={() => setAsking(null)} onGoLive={control.goLive} />
      <EndDialog
        isOpen={asking === 'end'}
        isLive={isLive}
        viewerCount={stream.viewerCount}
        onEnd={control.end}
        onClose={() => setAsking(null)}
      />
    </header>
  );
}

function Light({ isLive, mediaState }: { isLive: boolean; mediaState: string }) {
  if (!isLive) return <OnAir tone="off">Off air</OnAir>;
  if (mediaState === 'live') return <OnAir tone="live">On air</OnAir>;
  return <OnAir tone="pending">{mediaState === 'interrupted' ? 'Interrupted' : 'Going on air'}</OnAir>;
}

function Figures({ startTime, viewerCount }: { startTime: string; viewerCount: number }) {
  const elapsed = useElapsed(startTime);
  return (
    <p className={styles.figures}>
      <span className="visually-hidden">Live for </span>
      {formatElapsed(elapsed)}
      <span data-testid="viewer-count">{plural(viewerCount, 'viewer')}</span>
    </p>
  );
}

function DeskKeys() {
  const port = useDeskPort();
  const autoDj = useDesk((desk) => desk.autoDj);
  return (
    <>
      <RecordKey />
      <Key
        label={autoDj?.reason === 'nobody_here' ? 'Auto-DJ plays because nobody was here' : 'Auto-DJ, from the queue'}
        control="auto_dj"
        light="#d9a3ff"
        isOn={autoDj?.on ?? false}
        onPress={() => port?.send({ command: 'SetAutoDj', on: !(autoDj?.on ?? false) })}
      >
        AUTO
      </Key>
    </>
  );
}

interface EndDialogProps {
  isOpen: boolean;
  isLive: boolean;
  viewerCount: number;
  onEnd: () => Promise<void>;
  onClose: () => void;
}

function EndDialog({ isOpen, isLive, viewerCount, onEnd, onClose }: EndDialogProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const end = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await onEnd();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      isOpen={isOpen}
      title={isLive ? 'End the stream?' : 'Close the booth?'}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{isLive ? 'Keep playing' : 'Stay'}</Button>
          <Button kind="danger" busy={isBusy} data-testid="end-confirm" onClick={() => void end()}>
            {isLive ? 'End it' : 'Close it'}
          </Button>
        </>
      }
    >
      {problem !== null && <Notice tone="bad" title={problem} live />}
      <p>
        {isLive
          ? `It ends for ${plural(viewerCount, 'viewer')} at once, and cannot be taken up again.`
          : 'The decks stop and everyone in the booth leaves. Your tracks stay where they are.'}
      </p>
    </Dialog>
  );
}
