import { Suspense, useEffect, useRef } from 'react';
import { Outlet, ScrollRestoration, useLocation } from 'react-router';

import { PageLoading } from '@/components/Page';

import { Footer } from './Footer';
import { Header } from './Header';
import styles from './Shell.module.css';

/** What surrounds every page. */
export function Shell() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const lastPath = useRef(pathname);
  useEffect(() => {
    // After a navigation the keyboard and the screen reader start at the new page, as after a page load.
    if (lastPath.current !== pathname) main.current?.focus({ preventScroll: true });
    lastPath.current = pathname;
  }, [pathname]);
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <Suspense fallback={<PageLoading />}>
          <Outlet />
        </Suspense>
      </main>
      <Footer />
      {/* Every page that is loaded afresh has the same key, so the path belongs to it. */}
      <ScrollRestoration getKey={({ pathname: path, search, key }) => `${path}${search} ${key}`} />
    </>
  );
}
