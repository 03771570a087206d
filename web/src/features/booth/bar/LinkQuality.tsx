import { useEffect, useState } from 'react';

import { formatLatency } from '@/lib/format';

import type { SessionReading } from '../useMixSession';
import styles from './LinkQuality.module.css';

interface Delays {
  rttS: number | null;
  earS: number | null;
}

/** How good the way to the mixer is: by which road, and how long it takes. */
export function LinkQuality({ reading }: { reading: SessionReading }) {
  const { session, link } = reading;
  const [delays, setDelays] = useState<Delays>({ rttS: null, earS: null });
  useEffect(() => {
    if (session === null) return;
    const timer = setInterval(() => setDelays({ rttS: session.clock.rttS, earS: session.clock.delayS }), 1000);
    return () => clearInterval(timer);
  }, [session]);
  const { grade, says } = judge(reading, delays);
  const road = link.status === 'connected' ? (link.via === 'data' ? 'Direct' : 'Relayed') : null;
  return (
    <p
      className={styles.quality}
      role="status"
      data-quality={grade}
      data-testid="link"
      data-link={link.status}
      data-via={link.status === 'connected' ? link.via : ''}
      title={
        delays.earS === null ? says : `${says}. From the mixer to your ears: ${formatLatency(Math.max(0, delays.earS))}`
      }
    >
      <i aria-hidden="true" />
      <span>{says}</span>
      {road !== null && delays.rttS !== null && (
        <small>
          {road} · {formatLatency(delays.rttS)}
        </small>
      )}
    </p>
  );
}

function judge({ link, monitor }: SessionReading, { rttS }: Delays): { grade: string; says: string } {
  if (link.status === 'lost') return { grade: 'poor', says: 'Connection lost' };
  if (link.status === 'refused') return { grade: 'poor', says: 'Not in the booth' };
  if (link.status === 'connecting') return { grade: 'fair', says: 'Connecting' };
  if (monitor.status !== 'connected') return { grade: 'fair', says: 'No headphones yet' };
  if (rttS !== null && rttS > 0.15) return { grade: 'fair', says: 'Slow' };
  return { grade: 'good', says: 'Connected' };
}
