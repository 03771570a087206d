import type { Stream } from '@/api/types';
import { OnAir } from '@/components/OnAir';
import { useElapsed } from '@/components/useElapsed';
import { formatElapsed, plural } from '@/lib/format';
import type { PublishState } from '@/lib/whip';

import type { Broadcast } from './broadcast';
import styles from './LiveOverlay.module.css';

/** The light, the clock and the audience, over the preview. */
export function LiveOverlay({ broadcast }: { broadcast: Broadcast }) {
  const isOnAir = broadcast.phase === 'on-air' || broadcast.phase === 'ending';
  return (
    <>
      <span role="status" data-testid="on-air" data-on-air={isOnAir && broadcast.publish?.status === 'live'}>
        {isOnAir ? <Light publish={broadcast.publish} /> : <OnAir tone="off">Off air</OnAir>}
      </span>
      {isOnAir && <Figures stream={broadcast.stream} />}
    </>
  );
}

function Light({ publish }: { publish: PublishState | null }) {
  switch (publish?.status) {
    case 'live':
      return <OnAir tone="live">On air</OnAir>;
    case 'connecting':
      return <OnAir tone="pending">Connecting</OnAir>;
    case 'reconnecting':
      return <OnAir tone="pending">Reconnecting</OnAir>;
    default:
      return <OnAir tone="off">Off air</OnAir>;
  }
}

function Figures({ stream }: { stream: Stream }) {
  const elapsed = useElapsed(stream.startTime);
  return (
    <>
      <span className={styles.figure}>
        <span className="visually-hidden">Live for </span>
        {formatElapsed(elapsed)}
      </span>
      <span className={styles.figure}>{plural(stream.viewerCount, 'viewer')}</span>
    </>
  );
}
