import { useState } from 'react';

import type { LatencyMode } from '@/components/player/useTransport';
import { readStored, writeStored } from '@/lib/stored';

/** How close to now one wants to be, as chosen last time. */
export function useMode(): [LatencyMode, (mode: LatencyMode) => void] {
  const [mode, setMode] = useState<LatencyMode>(() => {
    const stored = readStored('latency');
    return stored === 'low-latency' || stored === 'smooth' ? stored : 'real-time';
  });
  return [
    mode,
    (chosen) => {
      writeStored('latency', chosen);
      setMode(chosen);
    },
  ];
}
