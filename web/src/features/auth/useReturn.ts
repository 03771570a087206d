import { useLocation, useNavigate } from 'react-router';

import { isRecord } from '@/lib/http';

/** The page one came from to sign in, as the links to these pages pass it along. */
export function useReturn(): { state: { from: string } | null; goBack: (otherwise: string) => void } {
  const location = useLocation();
  const navigate = useNavigate();
  const given: unknown = isRecord(location.state) ? location.state.from : null;
  // Only a path of our own is followed.
  const from = typeof given === 'string' && /^\/(?!\/)/.test(given) ? given : null;
  return {
    state: from === null ? null : { from },
    goBack: (otherwise) => void navigate(from === null || from === '/' ? otherwise : from, { replace: true }),
  };
}
