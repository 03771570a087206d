import { useMemo, type ReactNode } from 'react';

import { useChat } from '@/api/chat/useChat';
import type { StreamHealth } from '@/api/encoder/types';
import { useStreamHealth } from '@/api/encoder/useStreamHealth';
import type { CreatorType } from '@/api/types';
import { Button } from '@/components/Button';
import { ChatPanel } from '@/components/chat/ChatPanel';
import { CreatorTabs } from '@/components/CreatorPage';
import { Icon } from '@/components/Icon';
import { Notice } from '@/components/Notice';
import { useUser } from '@/components/session';
import { TargetsPanel } from '@/components/targets/TargetsPanel';

import { DevicePanel } from './DevicePanel';
import { EndedPanel } from './EndedPanel';
import { LeaveGuard } from './LeaveGuard';
import { LiveOverlay } from './LiveOverlay';
import { LivePanel } from './LivePanel';
import { Microphone } from './Microphone';
import { MixChoice } from './MixChoice';
import { OpenStreamPanel } from './OpenStreamPanel';
import { Preview } from './Preview';
import { SetupPanel } from './SetupPanel';
import styles from './Studio.module.css';
import { useAnnounced, type Announced } from './useAnnounced';
import { useBroadcast } from './useBroadcast';
import { useCapture, type Capture } from './useCapture';
import type { SourceState } from '@/components/useSource';
import { useWakeLock } from '@/components/useWakeLock';

function trackOf(source: SourceState): MediaStreamTrack | null {
  return source.status === 'on' ? source.track : null;
}

export function Studio({ role }: { role: CreatorType }) {
  const capture = useCapture();
  const video = trackOf(capture.camera);
  const audio = trackOf(capture.microphone);
  const tracks = useMemo(() => [audio, video].filter((track) => track !== null), [audio, video]);
  const control = useBroadcast(role, tracks, capture.quality, capture.smaller.isOn);
  const { broadcast } = control;
  const isOnAir = broadcast.phase === 'on-air' || broadcast.phase === 'ending';
  useWakeLock(isOnAir);
  const userId = useUser()?.id ?? null;
  const announced = useAnnounced(userId);
  const health = useStreamHealth(isOnAir ? broadcast.stream.id : null);
  const chat = useChat(isOnAir ? broadcast.stream.id : null, userId);

  return (
    <div className={styles.studio}>
      <header className={styles.head}>
        <h1 className={styles.title}>Studio</h1>
        <CreatorTabs />
      </header>
      <section className={styles.stage} aria-label="Preview">
        <Preview track={video} isOff={!capture.isCameraOn} overlay={<LiveOverlay broadcast={broadcast} />}>
          <InsteadOfPicture capture={capture} />
        </Preview>
        <div className={styles.desk}>
          <div className={styles.mutes}>
            <Button
              data-off={!capture.isMicOn}
              disabled={audio === null}
              onClick={() => capture.setMicOn(!capture.isMicOn)}
            >
              <Icon name={capture.isMicOn ? 'mic' : 'micOff'} />
              {capture.isMicOn ? 'Mute' : 'Unmute'}
            </Button>
            <Button
              data-off={!capture.isCameraOn}
              disabled={video === null}
              onClick={() => capture.setCameraOn(!capture.isCameraOn)}
            >
              <Icon name={capture.isCameraOn ? 'camera' : 'cameraOff'} />
              {capture.isCameraOn ? 'Hide camera' : 'Show camera'}
            </Button>
          </div>
          <Microphone capture={capture} isOnAir={isOnAir} />
        </div>
      </section>
      <section className={styles.panel} aria-label="Stream">
        {control.problem !== null && <Notice tone="bad" title={control.problem} live />}
        {role === 'dj' && broadcast.phase === 'ready' && <MixChoice />}
        <Panel role={role} control={control} canSend={tracks.length > 0} announced={announced} health={health} />
        {isOnAir && (
          <div className={styles.chat}>
            <ChatPanel chat={chat} userId={userId} isOpen />
          </div>
        )}
        {capture.isPossible && broadcast.phase !== 'ended' && (
          <div className={styles.devices}>
            <DevicePanel capture={capture} />
          </div>
        )}
      </section>
      {isOnAir && <TargetsPanel states={health?.targets ?? {}} />}
      <LeaveGuard isOnAir={isOnAir} />
    </div>
  );
}

interface PanelProps {
  role: CreatorType;
  control: ReturnType<typeof useBroadcast>;
  canSend: boolean;
  announced: Announced;
  health: StreamHealth | null;
}

function Panel({ role, control, canSend, announced, health }: PanelProps) {
  const { broadcast } = control;
  switch (broadcast.phase) {
    case 'checking':
    case 'ready':
    case 'starting':
      return (
        <SetupPanel
          key={announced.stream?.id ?? ''}
          canSend={canSend}
          announced={announced.stream}
          isChecking={broadcast.phase === 'checking' || announced.isLoading}
          isStarting={broadcast.phase === 'starting'}
          fields={control.fields}
          onGoLive={control.goLive}
        />
      );
    case 'unknown':
      return (
        <Notice
          tone="bad"
          title={broadcast.message}
          live
          actions={
            <Button size="small" onClick={() => void control.check()}>
              Try again
            </Button>
          }
        />
      );
    case 'elsewhere':
      return (
        <OpenStreamPanel
          role={role}
          stream={broadcast.stream}
          wasTakenOver={broadcast.wasTakenOver}
          canSend={canSend}
          onContinue={control.continueHere}
          onEnd={control.end}
        />
      );
    case 'on-air':
    case 'ending':
      return <LivePanel broadcast={broadcast} control={control} health={health} />;
    case 'ended':
      return <EndedPanel stream={broadcast.stream} onAgain={control.again} />;
  }
}

/** What the preview shows while there is no picture. */
function InsteadOfPicture({ capture }: { capture: Capture }): ReactNode {
  const { camera, microphone } = capture;
  if (!capture.isPossible) {
    return (
      <Notice tone="bad" title="This page may not use a camera or microphone">
        <p>
          Browsers allow it only on secure pages. Open NRS Live by its https:// address, or on this very machine as
          http://localhost.
        </p>
      </Notice>
    );
  }
  if (camera.status === 'on') {
    return <p className={styles.quiet}>The camera is hidden. Viewers see a black picture.</p>;
  }
  if (camera.status === 'asking' || microphone.status === 'asking') {
    return <p className={styles.quiet}>Your browser is asking for your camera and microphone. Choose “Allow”.</p>;
  }
  if (camera.status === 'idle') {
    return (
      <>
        <p className={styles.quiet}>Nobody sees or hears you before you go live.</p>
        <Button kind="primary" size="large" onClick={capture.ask}>
          <Icon name="camera" />
          Turn on camera and microphone
        </Button>
      </>
    );
  }
  return <p className={styles.quiet}>No picture</p>;
}
