import { useEffect, useMemo, useState, type ReactNode } from 'react';

import { useChat } from '@/api/chat/useChat';
import { useStreamHealth } from '@/api/encoder/useStreamHealth';
import type { Entered } from '@/api/mix/types';
import { useStreamMoves } from '@/api/useStreamMoves';
import { Button } from '@/components/Button';
import { ChatPanel } from '@/components/chat/ChatPanel';
import { useUnread } from '@/components/chat/useUnread';
import { Notice } from '@/components/Notice';
import { PageLoading } from '@/components/Page';
import { isRecorded } from '@/components/RecordingSwitch';
import { useWakeLock } from '@/components/useWakeLock';
import { SurfaceContext } from '@/lib/controls/context';
import { ControlSurface } from '@/lib/controls/surface';
import { DeskContext, useDesk } from '@/lib/mix/desk-port';
import { readStored, writeStored } from '@/lib/stored';

import { AutoDjLine } from './bar/AutoDjLine';
import { OnAirBar, type Panel } from './bar/OnAirBar';
import { PeoplePanel } from './bar/PeoplePanel';
import { ReplayPanel } from './bar/ReplayPanel';
import { TalkPanel } from './bar/TalkPanel';
import styles from './Booth.module.css';
import { Console } from './Console';
import { Drawer } from './Drawer';
import { Guide } from './Guide';
import { Headphones } from './Headphones';
import { BoothSessionContext } from './mix-session-context';
import { Refusals } from './Refusals';
import type { BoothControl } from './useBooth';
import { useMixSession, type SessionReading } from './useMixSession';
import { useTalk } from './useTalk';

interface BoothProps {
  entered: Entered;
  control: BoothControl;
  userId: string;
  library: ReactNode;
}

/** The booth of a mix, from inside. */
export function Booth({ entered, control, userId, library }: BoothProps) {
  const reading = useMixSession(entered, control.look);
  const { session } = reading;
  const surface = useMemo(() => (session === null ? null : new ControlSurface(session)), [session]);
  useEffect(() => () => surface?.dispose(), [surface]);
  if (session === null) return <PageLoading />;
  return (
    <BoothSessionContext value={session}>
      <DeskContext value={session}>
        <SurfaceContext value={surface}>
          <Inside entered={entered} control={control} userId={userId} library={library} reading={reading} />
        </SurfaceContext>
      </DeskContext>
    </BoothSessionContext>
  );
}

function Inside({ entered, control, userId, library, reading }: BoothProps & { reading: SessionReading }) {
  const { mix, stream } = entered;
  const [panel, setPanel] = useState<Panel | null>(null);
  const [isGuided, setGuided] = useState(() => readStored('booth.guided') !== 'yes');
  const isLive = stream.status === 'live';
  useWakeLock(isLive);
  // Whose stream it is says whether it is kept, whoever leads the booth.
  const isOwn = stream.creatorId === userId;
  const health = useStreamHealth(isOwn ? stream.id : null);
  const chat = useChat(isLive ? stream.id : null, userId);
  const unread = useUnread(chat.log, panel === 'chat', userId);
  const isThere = useDesk((desk) => desk.decks.length > 0) ?? false;
  const devices = useDesk((desk) => desk.devices);
  const mine = reading.session?.device;
  const talk = useTalk(mix.id, () => (devices ?? []).some(({ device }) => device !== mine));
  useStreamMoves(stream.id, (workerId) => {
    reading.session?.move(workerId);
    talk.move(workerId);
  });
  return (
    <div className={styles.booth}>
      <OnAirBar
        entered={entered}
        control={control}
        reading={reading}
        isLead={mix.leadId === userId}
        openPanel={panel}
        unread={unread}
        isKept={isOwn ? isRecorded(health) : null}
        onPanel={(wanted) => setPanel(panel === wanted ? null : wanted)}
        onHelp={() => setGuided(true)}
      />
      <AutoDjLine />
      <Troubles entered={entered} reading={reading} onCheck={control.check} />
      {isThere ? (
        <Console
          library={library}
          headphones={<Headphones monitor={reading.monitor} />}
          onHelp={() => setGuided(true)}
        />
      ) : (
        <Waiting />
      )}
      {panel !== null && (
        <Drawer key={panel} panel={panel} onClose={() => setPanel(null)}>
          {panel === 'people' && (
            <PeoplePanel mix={mix} userId={userId} onChanged={control.changed} onLeft={control.left} />
          )}
          {panel === 'replay' && <ReplayPanel streamId={stream.id} health={health} isLive={isLive} />}
          {panel === 'talk' && <TalkPanel talk={talk} />}
          {panel === 'chat' && <ChatPanel chat={chat} userId={userId} isOpen={isLive} />}
        </Drawer>
      )}
      <Guide
        isOpen={isGuided && isThere}
        onClose={() => {
          writeStored('booth.guided', 'yes');
          setGuided(false);
        }}
      />
      <Refusals refusal={reading.refusal} />
    </div>
  );
}

/** The desk has not said anything yet. */
function Waiting() {
  return (
    <div className={styles.waiting} role="status">
      <PageLoading />
      <p>Switching the decks on…</p>
    </div>
  );
}

/** What is wrong with the way to the mixer, or with the mixer. */
function Troubles({ entered, reading, onCheck }: { entered: Entered; reading: SessionReading; onCheck: () => Promise<void> }) {
  const autoDj = useDesk((desk) => desk.autoDj);
  if (reading.link.status === 'refused') {
    return (
      <Notice
        tone="bad"
        title="You are no longer in this booth"
        live
        actions={
          <Button size="small" onClick={() => void onCheck()}>
            Look again
          </Button>
        }
      >
        <p>{reading.link.message}</p>
      </Notice>
    );
  }
  if (reading.link.status === 'lost') {
    return (
      <Notice tone="warn" title="The connection to the mixer is lost" live>
        <p>
          {entered.mix.onAir
            ? 'The mix goes on without you: what plays is heard, and Auto-DJ takes over from the queue. We are bringing you back.'
            : 'We are bringing you back. What plays, plays on.'}
        </p>
      </Notice>
    );
  }
  if (entered.mix.state === 'lost') {
    return (
      <Notice tone="warn" title="The mixer is being started again" live>
        <p>Your decks come back as they were, in a moment.</p>
      </Notice>
    );
  }
  if (autoDj?.on === true && autoDj.reason === 'nobody_here') {
    return (
      <Notice title="Auto-DJ is playing" live>
        <p>Nobody was here for a while. Whatever you touch now gives you the desk back.</p>
      </Notice>
    );
  }
  return null;
}
