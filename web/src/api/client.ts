import { Http, type Authorizer } from '@/lib/http';
import { Session, tabChannel, tabLock, type User } from '@/lib/session';
import { LiveSocket } from '@/lib/socket';

const nobody: Authorizer = {
  accessToken: () => Promise.resolve(null),
  replaceToken: () => Promise.resolve(null),
};
/** For the requests that make and end a session. */
const open = new Http('/api/v1', nobody);

export const session = new Session(
  {
    mayRefresh: () => document.cookie.split('; ').some((cookie) => cookie.startsWith('nrs_signed_in=')),
    refresh: async () => (await open.send('POST', '/auth/refresh')) as { accessToken: string; user: User },
    logout: async () => {
      await open.send('POST', '/auth/logout');
    },
  },
  tabLock,
  tabChannel(),
);

export const http = new Http('/api/v1', session);
export const liveSocket = new LiveSocket(() => session.accessToken());
