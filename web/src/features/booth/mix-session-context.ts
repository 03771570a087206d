import { createContext, use } from 'react';

import type { MixSession } from '@/lib/mix/mix-session';

export type BoothSession = Pick<
  MixSession,
  'send' | 'load' | 'playhead' | 'moment' | 'subscribe' | 'getSnapshot' | 'clock' | 'connection' | 'device'
>;

export const BoothSessionContext = createContext<BoothSession | null>(null);

/** The session of the booth that stands around this part of the page. */
export function useBoothSession(): BoothSession {
  const session = use(BoothSessionContext);
  if (session === null) throw new Error('no BoothSessionContext above');
  return session;
}
