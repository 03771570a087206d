import { useEffect, useState } from 'react';

import { canCapture } from '@/lib/capture';

export interface Devices {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
}

/**
 * The devices of this machine. Browsers tell their names only once one is open, so the list is read again whenever
 * one of `states` changes.
 */
export function useDevices(...states: string[]): Devices {
  const [devices, setDevices] = useState<Devices>({ cameras: [], microphones: [] });
  const key = states.join();
  useEffect(() => {
    if (!canCapture()) return;
    let isCurrent = true;
    const read = async (): Promise<void> => {
      const all = await navigator.mediaDevices.enumerateDevices();
      if (!isCurrent) return;
      // Before permission browsers list devices without an id: those cannot be chosen.
      const known = all.filter((device) => device.deviceId !== '');
      setDevices({
        cameras: known.filter((device) => device.kind === 'videoinput'),
        microphones: known.filter((device) => device.kind === 'audioinput'),
      });
    };
    const changed = (): void => void read();
    changed();
    navigator.mediaDevices.addEventListener('devicechange', changed);
    return () => {
      isCurrent = false;
      navigator.mediaDevices.removeEventListener('devicechange', changed);
    };
  }, [key]);
  return devices;
}
