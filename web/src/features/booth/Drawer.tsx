import { useEffect, useEffectEvent, useRef, type ReactNode } from 'react';

import styles from './Booth.module.css';

interface DrawerProps {
  /** What is in it, for its style and for tests. */
  panel: string;
  children: ReactNode;
  onClose: () => void;
}

/** Stands beside the desk, which stays playable. Focus goes in, and back to where it was; Escape closes it. */
export function Drawer({ panel, children, onClose }: DrawerProps) {
  const drawer = useRef<HTMLElement>(null);
  const closeKey = useRef<HTMLButtonElement>(null);
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const element = drawer.current;
    const before = document.activeElement;
    closeKey.current?.focus({ preventScroll: true });
    const escape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) close();
    };
    element?.addEventListener('keydown', escape);
    return () => {
      element?.removeEventListener('keydown', escape);
      // Where the focus has gone on from here by itself, it stays there.
      const hasFocus = document.activeElement === document.body || element?.contains(document.activeElement) === true;
      if (hasFocus && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside ref={drawer} className={styles.drawer} data-panel={panel} data-testid="drawer">
      <button
        ref={closeKey}
        type="button"
        className={styles.close}
        aria-label="Close this panel"
        data-testid="drawer-close"
        onClick={onClose}
      >
        ×
      </button>
      {children}
    </aside>
  );
}
