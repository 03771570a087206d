import { useEffect } from 'react';

/** Keeps the screen on: a phone that falls asleep takes its stream off the air. */
export function useWakeLock(isOn: boolean): void {
  useEffect(() => {
    if (!isOn || !('wakeLock' in navigator)) return;
    let lock: WakeLockSentinel | null = null;
    let isDone = false;
    const take = async (): Promise<void> => {
      if (document.visibilityState !== 'visible') return;
      try {
        const taken = await navigator.wakeLock.request('screen');
        if (isDone) await taken.release();
        else lock = taken;
      } catch {
        // The system keeps its right to sleep, for example when the battery is low.
      }
    };
    const visible = (): void => void take();
    visible();
    document.addEventListener('visibilitychange', visible);
    return () => {
      isDone = true;
      document.removeEventListener('visibilitychange', visible);
      void lock?.release();
    };
  }, [isOn]);
}
