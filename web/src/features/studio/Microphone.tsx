import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';

import { LevelMeter } from './LevelMeter';
import styles from './Microphone.module.css';
import { unheard, type Unheard } from './unheard';
import type { Capture } from './useCapture';
import { useLevels } from './useLevels';

/** How loud the microphone is; on air also a word when viewers hear nothing of it. */
export function Microphone({ capture, isOnAir }: { capture: Capture; isOnAir: boolean }) {
  const { microphone, isMicOn } = capture;
  const track = microphone.status === 'on' && isMicOn ? microphone.track : null;
  const { channels, quietS } = useLevels(track);
  const why = isOnAir ? unheard(microphone.status, !isMicOn, quietS) : null;
  return (
    <>
      <LevelMeter levels={channels} isMuted={!isMicOn} />
      {why !== null && (
        <div className={styles.unheard} data-testid="unheard" data-why={why}>
          <NobodyHears why={why} onTurnOn={() => capture.retry('microphone')} />
        </div>
      )}
    </>
  );
}

function NobodyHears({ why, onTurnOn }: { why: Unheard; onTurnOn: () => void }) {
  switch (why) {
    case 'asking':
      return (
        <Notice tone="warn" title="Viewers do not hear you yet" live>
          <p>Your browser is asking for the microphone. Choose “Allow”, and you are heard at once.</p>
        </Notice>
      );
    case 'no-microphone':
      return (
        <Notice
          tone="warn"
          title="Viewers hear nothing"
          live
          actions={
            <Button size="small" onClick={onTurnOn}>
              Turn on the microphone
            </Button>
          }
        >
          <p>You are on air without a microphone. Turn one on, and you are heard at once.</p>
        </Notice>
      );
    case 'silent':
      return (
        <Notice tone="warn" title="Nothing comes from your microphone" live>
          <p>It has been silent for a while. Is it switched on, and is it the right one?</p>
        </Notice>
      );
  }
}
