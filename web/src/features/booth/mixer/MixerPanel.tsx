import { useDesk } from '@/lib/mix/desk-port';

import { ChannelStrip } from './ChannelStrip';
import { Crossfader, CrossfaderSettings } from './Crossfader';
import { MasterStrip } from './MasterStrip';
import styles from './MixerPanel.module.css';

/** On a desk of four, A and B are in the middle, as on hardware. */
const ORDERS: Record<number, readonly number[]> = { 2: [0, 1], 4: [2, 0, 1, 3] };

/** `isDocked`: the crossfader itself stands elsewhere. */
export function MixerPanel({ isDocked = false }: { isDocked?: boolean }) {
  const count = useDesk((desk) => desk.decks.length) ?? 2;
  const [left, right] = halves(ORDERS[count] ?? []);
  return (
    <section className={styles.mixer} aria-label="Mixer" data-testid="mixer">
      <div className={styles.strips}>
        {left.map((index) => (
          <ChannelStrip key={index} index={index} isNarrow={count === 4} />
        ))}
        <MasterStrip />
        {right.map((index) => (
          <ChannelStrip key={index} index={index} isNarrow={count === 4} />
        ))}
      </div>
      <div className={styles.crossfader}>
        {!isDocked && <Crossfader />}
        <CrossfaderSettings />
      </div>
    </section>
  );
}

function halves(order: readonly number[]): [readonly number[], readonly number[]] {
  return [order.slice(0, order.length / 2), order.slice(order.length / 2)];
}
