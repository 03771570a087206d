import { Suspense } from 'react';
import { Outlet } from 'react-router';

import { PageLoading } from '@/components/Page';

import styles from './Shell.module.css';

/** Surrounds a page that takes the whole screen. */
export function Bare() {
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <Suspense fallback={<PageLoading />}>
        <Outlet />
      </Suspense>
    </>
  );
}
