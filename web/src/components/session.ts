import { createContext, use, useSyncExternalStore } from 'react';

import type { Session, SessionState, User } from '@/lib/session';

export const SessionContext = createContext<Session | null>(null);

function useSessionObject(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('no SessionContext above');
  return session;
}

export function useSession(): SessionState & { signOut: () => Promise<void>; restore: () => Promise<void> } {
  const session = useSessionObject();
  const state = useSyncExternalStore(session.subscribe, session.snapshot);
  return { ...state, signOut: () => session.signOut(), restore: () => session.restore() };
}

export function useUser(): User | null {
  const state = useSession();
  return state.status === 'signed-in' ? state.user : null;
}
