import { useEffect, useState } from 'react';

import { outgoing, sampleSent, type Outgoing, type SentSample } from '@/lib/rtc-stats';

const EVERY_MS = 1000;
const SETTLING_MS = 20_000;

/** What goes out over `connection` in this moment; null until two looks have been taken. */
export function useOutgoing(connection: () => RTCPeerConnection | null, isOn: boolean): Outgoing | null {
  const [reading, setReading] = useState<Outgoing | null>(null);
  useEffect(() => {
    if (!isOn) return;
    let last: { pc: RTCPeerConnection; since: number; sample: SentSample } | null = null;
    const look = async (): Promise<void> => {
      const pc = connection();
      if (pc === null) return;
      const report = (await pc.getStats()) as unknown as Map<string, Record<string, unknown>>;
      const sample = sampleSent(report.values());
      if (last?.pc !== pc) {
        last = { pc, since: sample.at, sample };
        return;
      }
      if (sample.at === last.sample.at) return;
      setReading(outgoing(last.sample, sample, sample.at - last.since < SETTLING_MS));
      last = { ...last, sample };
    };
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => clearInterval(timer);
  }, [connection, isOn]);
  return isOn ? reading : null;
}
