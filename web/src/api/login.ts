import type { User } from '@/lib/session';

import { http, session } from './client';

/** Signs in, in every tab. */
export async function login(email: string, password: string): Promise<User> {
  const answer = await http.send('POST', '/auth/login', { body: { email, password }, authenticated: false });
  const { accessToken, user } = answer as { accessToken: string; user: User };
  session.signIn(accessToken, user);
  return user;
}
