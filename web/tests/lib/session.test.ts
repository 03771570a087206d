import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { ApiError } from '@/lib/http';
import { Session, tokenLifeS, type Channel, type Lock, type SessionNews, type User } from '@/lib/session';

const ADA: User = { id: '1', email: 'ada@example.com', username: 'ada', role: 'dj' };
const here: Lock = (run) => run();

function jwt(lifeS: number, mark = ''): string {
  return `e30.${btoa(JSON.stringify({ iat: 1000, exp: 1000 + lifeS, mark }))}.sig`;
}

class Wire {
  readonly heard: ((news: SessionNews) => void)[] = [];
  readonly sent: SessionNews[] = [];
  channel(): Channel {
    return { post: (news) => this.sent.push(news), listen: (listener) => this.heard.push(listener) };
  }
}

function sessionWith(
  refresh: () => Promise<{ accessToken: string; user: User }>,
  lock: Lock = here,
  mayRefresh = () => true,
) {
  const wire = new Wire();
  const logout = vi.fn(() => Promise.resolve());
  const session = new Session({ mayRefresh, refresh, logout }, lock, wire.channel(), () => Date.now());
  return { session, wire, logout };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a session', () => {
  test('starts from the cookie', async () => {
    const { session } = sessionWith(() => Promise.resolve({ accessToken: jwt(900), user: ADA }));
    expect(session.state.status).toBe('restoring');
    await session.restore();
    expect(session.state).toEqual({ status: 'signed-in', user: ADA });
  });

  test('is anonymous when the cookie is refused, and asks for no token again', async () => {
    const refresh = vi.fn(() => Promise.reject(new ApiError(401, 'INVALID_TOKEN', 'no')));
    const { session } = sessionWith(refresh);
    await session.restore();
    expect(session.state.status).toBe('anonymous');
    expect(await session.accessToken()).toBeNull();
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  test('of nobody asks for nothing', async () => {
    const refresh = vi.fn(() => Promise.resolve({ accessToken: jwt(900), user: ADA }));
    const { session } = sessionWith(refresh, here, () => false);
    await session.restore();
    expect(session.state.status).toBe('anonymous');
    expect(await session.accessToken()).toBeNull();
    expect(refresh).not.toHaveBeenCalled();
  });

  test('is not taken for anonymous when the platform cannot be reached', async () => {
    const { session } = sessionWith(() => Promise.reject(new ApiError(0, 'UNREACHABLE', 'no network')));
    await session.restore();
    expect(session.state.status).toBe('unreachable');
  });

  test('is renewed once however many requests need a token', async () => {
    let answer: (value: { accessToken: string; user: User }) => void = () => undefined;
    const refresh = vi.fn(() => new Promise<{ accessToken: string; user: User }>((resolve) => (answer = resolve)));
    const { session } = sessionWith(refresh);
    const waiting = [session.accessToken(), session.accessToken(), session.restore()];
    answer({ accessToken: jwt(900), user: ADA });
    const [first, second] = await Promise.all(waiting);
    expect(first).toBe(second);
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  test('renews its token by itself before the end', async () => {
    const tokens = [jwt(900, 'first'), jwt(900, 'second')];
    const refresh = vi.fn(() => Promise.resolve({ accessToken: tokens.shift() ?? '', user: ADA }));
    const { session } = sessionWith(refresh);
    await session.restore();
    const first = await session.accessToken();
    await vi.advanceTimersByTimeAsync(869_000);
    expect(refresh).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(refresh).toHaveBeenCalledTimes(2);
    expect(await session.accessToken()).not.toBe(first);
  });

  test('holds the lock of all tabs while it renews', async () => {
    const held: string[] = [];
    const lock: Lock = async (run) => {
      held.push('taken');
      const result = await run();
      held.push('given back');
      return result;
    };
    const { session } = sessionWith(() => {
      held.push('refresh');
      return Promise.resolve({ accessToken: jwt(900), user: ADA });
    }, lock);
    await session.restore();
    expect(held).toEqual(['taken', 'refresh', 'given back']);
  });

  test('replaces a refused token only if nobody has yet', async () => {
    const tokens = [jwt(900, 'first'), jwt(900, 'second')];
    const refresh = vi.fn(() => Promise.resolve({ accessToken: tokens.shift() ?? '', user: ADA }));
    const { session } = sessionWith(refresh);
    const first = (await session.accessToken()) ?? '';
    const second = await session.replaceToken(first);
    expect(second).not.toBe(first);
    expect(await session.replaceToken(first)).toBe(second);
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  test('ends in the other tabs too', async () => {
    const { session, wire } = sessionWith(() => Promise.resolve({ accessToken: jwt(900), user: ADA }));
    await session.restore();
    await session.signOut();
    expect(session.state.status).toBe('anonymous');
    expect(wire.sent).toEqual(['signed-out']);
    const other = sessionWith(() => Promise.resolve({ accessToken: jwt(900), user: ADA }));
    await other.session.restore();
    for (const hear of other.wire.heard) hear('signed-out');
    expect(other.session.state.status).toBe('anonymous');
  });

  test('goes on when the platform could not be told of the end', async () => {
    const { session, wire, logout } = sessionWith(() => Promise.resolve({ accessToken: jwt(900), user: ADA }));
    await session.restore();
    logout.mockRejectedValueOnce(new ApiError(0, 'UNREACHABLE', 'no network'));
    await expect(session.signOut()).rejects.toThrow('no network');
    expect(session.state.status).toBe('signed-in');
    expect(wire.sent).toEqual([]);
  });
});

test('the life of a token does not depend on the clock of this machine', () => {
  expect(tokenLifeS(jwt(900))).toBe(900);
  expect(tokenLifeS('not a token')).toBe(0);
});
