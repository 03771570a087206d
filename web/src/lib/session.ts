import { ApiError, type Authorizer } from './http';

export type Role = 'dj' | 'performer' | 'viewer' | 'admin';

export interface User {
  id: string;
  email: string;
  username: string;
  role: Role;
}

export type SessionState =
  | { status: 'restoring' }
  | { status: 'anonymous' }
  | { status: 'unreachable' }
  | { status: 'signed-in'; user: User };

export interface SessionRequests {
  /** Whether there is a cookie to trade. */
  mayRefresh(): boolean;
  /** Trades the HttpOnly cookie for a new access token. */
  refresh(): Promise<{ accessToken: string; user: User }>;
  logout(): Promise<void>;
}

/** Runs one holder at a time over all tabs of the browser. */
export type Lock = <T>(run: () => Promise<T>) => Promise<T>;

/** Tells the other tabs, and is told by them. */
export interface Channel {
  post(message: SessionNews): void;
  listen(heard: (message: SessionNews) => void): void;
}

export type SessionNews = 'signed-in' | 'signed-out';

/** A token this close to its end is replaced before it is used. */
const MARGIN_S = 30;

/**
 * Who is signed in in this tab. The access token lives in memory alone; the refresh cookie is shared by all tabs
 * and is good for one use, so its uses are serialized: within the tab by one promise, between tabs by `lock`.
 */
export class Session implements Authorizer {
  readonly #requests: SessionRequests;
  readonly #lock: Lock;
  readonly #channel: Channel;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = { status: 'restoring' };
  #token: { value: string; staleAt: number } | null = null;
  #refreshing: Promise<string | null> | null = null;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(requests: SessionRequests, lock: Lock, channel: Channel, now: () => number = () => performance.now()) {
    this.#requests = requests;
    this.#lock = lock;
    this.#channel = channel;
    this.#now = now;
    channel.listen((news) => {
      if (news === 'signed-out') this.#forget();
      else if (this.#state.status !== 'signed-in') void this.restore();
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): SessionState => this.#state;

  /** Finds out from the cookie who is here. Never rejects: what went wrong is in `state`. */
  async restore(): Promise<void> {
    if (!this.#requests.mayRefresh()) {
      this.#forget();
      return;
    }
    if (this.#state.status !== 'restoring') this.#become({ status: 'restoring' });
    await this.#refreshOnce();
  }

  signIn(accessToken: string, user: User): void {
    this.#keep(accessToken);
    this.#become({ status: 'signed-in', user });
    this.#channel.post('signed-in');
  }

  /** Signs out, in every tab. Rejects when the platform could not be told: the session then goes on. */
  async signOut(): Promise<void> {
    await this.#lock(() => this.#requests.logout());
    this.#forget();
    this.#channel.post('signed-out');
  }

  async accessToken(): Promise<string | null> {
    if (this.#token !== null && this.#now() < this.#token.staleAt) return this.#token.value;
    if (this.#state.status === 'anonymous') return null;
    return this.#refreshOnce();
  }

  async replaceToken(token: string): Promise<string | null> {
    if (this.#token !== null && this.#token.value !== token) return this.#token.value;
    this.#token = null;
    return this.#refreshOnce();
  }

  #refreshOnce(): Promise<string | null> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #refresh(): Promise<string | null> {
    try {
      const { accessToken, user } = await this.#lock(() => this.#requests.refresh());
      this.#keep(accessToken);
      this.#become({ status: 'signed-in', user });
      return accessToken;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const isRefused = error.status === 400 || error.status === 401 || error.status === 403;
      if (isRefused) this.#forget();
      else if (this.#state.status === 'restoring') this.#become({ status: 'unreachable' });
      return null;
    }
  }

  #keep(accessToken: string): void {
    const lifeS = Math.max(tokenLifeS(accessToken) - MARGIN_S, 5);
    this.#token = { value: accessToken, staleAt: this.#now() + lifeS * 1000 };
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => void this.#refreshOnce(), lifeS * 1000);
  }

  #forget(): void {
    this.#token = null;
    clearTimeout(this.#renewal);
    this.#become({ status: 'anonymous' });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/**
 * Seconds a JWT lives from its issue, whatever this machine's clock says. An unreadable one counts as dying at once,
 * so that it is replaced at its next use.
 */
export function tokenLifeS(jwt: string): number {
  try {
    const payload = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { exp, iat } = JSON.parse(atob(payload)) as { exp?: number; iat?: number };
    return typeof exp === 'number' && typeof iat === 'number' ? exp - iat : 0;
  } catch {
    return 0;
  }
}

/** The Web Locks lock; where the page is not secure there are none, and each tab stands alone. */
export const tabLock: Lock = async (run) => {
  const locks = (navigator as { locks?: LockManager }).locks;
  return locks ? await locks.request('nrs-session', run) : await run();
};

export function tabChannel(): Channel {
  const channel = new BroadcastChannel('nrs-session');
  return {
    post: (message) => channel.postMessage(message),
    listen: (heard) => channel.addEventListener('message', (event: MessageEvent<SessionNews>) => heard(event.data)),
  };
}
