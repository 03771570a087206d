import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { vi } from 'vitest';

import { session } from '@/api/client';
import { SessionContext } from '@/components/session';
import type { Role } from '@/lib/session';

import type { Platform } from './platform';

const token = `x.${btoa(JSON.stringify({ iat: 0, exp: 9000 }))}.x`;

/** Shows a page at `path` to somebody who is signed in, with the platform as `platform` says. */
export function openPage(platform: Platform, path: string, pages: Record<string, ReactNode>, role: Role = 'dj'): void {
  vi.stubGlobal('fetch', platform.fetch);
  session.signIn(token, { id: 'u1', email: 'o@example.com', username: 'Osk', role });
  const routes = Object.entries(pages).map(([pattern, element]) => ({ path: pattern, element }));
  render(
    <SessionContext value={session}>
      <RouterProvider router={createMemoryRouter(routes, { initialEntries: [path] })} />
    </SessionContext>,
  );
}
