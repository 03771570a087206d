import { useEffect, useEffectEvent } from 'react';

import { actionOf, type PlayerActions } from './keys';

/** A slider keeps the keys that move it. */
const SLIDER_KEYS = /^(Arrow|Page|Home$|End$)/;

/** Has the keys of the page do what a player's do. */
export function usePlayerKeys(actions: PlayerActions): void {
  const act = useEffectEvent((event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (keepsKey(target, event.key)) return;
    const action = actionOf(event.key, actions);
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => act(event);
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}

/** Fields and menus keep their keys, and a focused button or link its space bar. */
function keepsKey(target: Element | null, key: string): boolean {
  if (target === null) return false;
  if (target.matches('input[type="range"]')) return SLIDER_KEYS.test(key);
  if (target.closest('input, select, textarea, dialog, [role="menu"]')) return true;
  return key === ' ' && target.closest('button, a, summary') !== null;
}
