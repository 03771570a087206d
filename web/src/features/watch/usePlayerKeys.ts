import { useEffect, useEffectEvent } from 'react';

import type { Player } from './usePlayer';
import type { Screen } from './useScreen';

const VOLUME_STEP = 0.1;

/** The keys people know from other players. */
export function usePlayerKeys(player: Player, screen: Screen): void {
  const act = useEffectEvent((event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    // Fields and menus keep their keys, and a focused button or link its space bar.
    if (target?.closest('input, select, textarea, dialog')) return;
    if (event.key === ' ' && target?.closest('button, a')) return;
    const action = actionFor(event.key, player, screen);
    if (action === null) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => act(event);
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}

function actionFor(key: string, player: Player, screen: Screen): (() => void) | null {
  switch (key) {
    case ' ':
    case 'k':
      return player.togglePlay;
    case 'm':
      return player.toggleMute;
    case 'f':
      return screen.toggleFullscreen;
    case 'ArrowUp':
      return () => player.setVolume(player.volume + VOLUME_STEP);
    case 'ArrowDown':
      return () => player.setVolume(player.volume - VOLUME_STEP);
    default:
      return null;
  }
}
