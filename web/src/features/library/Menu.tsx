import { useEffect, useLayoutEffect, useRef, type KeyboardEvent } from 'react';
import { createPortal } from 'react-dom';

import { Icon, type IconName } from '@/components/Icon';

import styles from './Menu.module.css';

export interface MenuItem {
  label: string;
  icon: IconName;
  isDanger?: boolean;
  /** What is picked is another menu in the place of this one. */
  staysOpen?: boolean;
  onPick: () => void;
}

interface MenuProps {
  label: string;
  at: { x: number; y: number };
  items: MenuItem[];
  onClose: () => void;
}

/** A menu at a place of the page. Focus goes into it and comes back; Escape, Tab and a press elsewhere close it. */
export function Menu({ label, at, items, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = menu.current;
    if (element === null) return;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(8, Math.min(at.x, window.innerWidth - width - 8))}px`;
    element.style.top = `${Math.max(8, Math.min(at.y, window.innerHeight - height - 8))}px`;
  }, [at]);
  useEffect(() => {
    const before = document.activeElement;
    menu.current?.querySelector('button')?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const press = (event: PointerEvent): void => {
      if (!(event.target instanceof Node) || menu.current?.contains(event.target) !== true) onClose();
    };
    document.addEventListener('pointerdown', press, true);
    return () => document.removeEventListener('pointerdown', press, true);
  }, [onClose]);

  const keydown = (event: KeyboardEvent): void => {
    const buttons = [...(menu.current?.querySelectorAll('button') ?? [])];
    const now = buttons.findIndex((button) => button === document.activeElement);
    const go = (index: number): void => buttons[(index + buttons.length) % buttons.length]?.focus();
    switch (event.key) {
      case 'ArrowDown':
        go(now + 1);
        break;
      case 'ArrowUp':
        go(now - 1);
        break;
      case 'Home':
        go(0);
        break;
      case 'End':
        go(-1);
        break;
      case 'Escape':
      case 'Tab':
        onClose();
        break;
      default:
        // A key that plays the desk does not play it from within a menu.
        event.stopPropagation();
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return createPortal(
    <div
      ref={menu}
      role="menu"
      tabIndex={-1}
      aria-label={label}
      className={styles.menu}
      onKeyDown={keydown}
      data-testid="track-menu"
    >
      {items.map(({ label: name, icon, isDanger, staysOpen, onPick }) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          tabIndex={-1}
          data-danger={isDanger}
          aria-haspopup={staysOpen === true ? 'menu' : undefined}
          onClick={() => {
            if (staysOpen !== true) onClose();
            onPick();
          }}
        >
          <Icon name={icon} />
          {name}
        </button>
      ))}
    </div>,
    document.body,
  );
}
