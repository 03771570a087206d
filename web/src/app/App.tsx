import { lazy } from 'react';
import { createBrowserRouter, RouterProvider } from 'react-router';

import { session } from '@/api/client';
import { SessionContext } from '@/components/session';
import { LandingPage } from '@/features/landing/LandingPage';

import { Bare } from './Bare';
import { NotFoundPage } from './NotFoundPage';
import { RouteError } from './RouteError';
import { Shell } from './Shell';

const BoothRoute = lazy(() => import('./BoothRoute'));
const EncoderPage = lazy(() => import('@/features/encoder/EncoderPage'));
const LibraryPage = lazy(() => import('@/features/library/LibraryPage'));
const LoginPage = lazy(() => import('@/features/auth/LoginPage'));
const RegisterPage = lazy(() => import('@/features/auth/RegisterPage'));
const TermsPage = lazy(() => import('@/features/auth/TermsPage'));
const ReplayPage = lazy(() => import('@/features/replays/ReplayPage'));
const ReplaysPage = lazy(() => import('@/features/replays/ReplaysPage'));
const SchedulePage = lazy(() => import('@/features/schedule/SchedulePage'));
const StudioPage = lazy(() => import('@/features/studio/StudioPage'));
const WatchPage = lazy(() => import('@/features/watch/WatchPage'));

const router = createBrowserRouter([
  { path: 'booth', Component: Bare, ErrorBoundary: RouteError, children: [{ index: true, Component: BoothRoute }] },
  {
    Component: Shell,
    children: [
      {
        ErrorBoundary: RouteError,
        children: [
          { index: true, Component: LandingPage },
          { path: 'login', Component: LoginPage },
          { path: 'register', Component: RegisterPage },
          { path: 'terms', Component: TermsPage },
          { path: 'encoder', Component: EncoderPage },
          { path: 'library', Component: LibraryPage },
          { path: 'replays', Component: ReplaysPage },
          { path: 'replay/:id', Component: ReplayPage },
          { path: 'schedule', Component: SchedulePage },
          { path: 'studio', Component: StudioPage },
          { path: 'watch/:id', Component: WatchPage },
          { path: '*', Component: NotFoundPage },
        ],
      },
    ],
  },
]);

export function App() {
  return (
    <SessionContext value={session}>
      <RouterProvider router={router} />
    </SessionContext>
  );
}
