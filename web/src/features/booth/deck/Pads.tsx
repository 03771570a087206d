import { useId, useState, type KeyboardEvent } from 'react';

import type { Deck } from '@/lib/mix/desk-port';

import { deckName } from '../draw/palette';
import { EffectPanel } from './EffectPanel';
import { GridPanel } from './GridPanel';
import { HotCues } from './HotCues';
import { JumpPads, LoopPads, RollPads } from './BeatPads';
import styles from './Pads.module.css';

const MODES = [
  { id: 'cues', name: 'Cues' },
  { id: 'loops', name: 'Loops' },
  { id: 'roll', name: 'Roll' },
  { id: 'jump', name: 'Jump' },
  { id: 'effect', name: 'FX' },
  { id: 'grid', name: 'Grid' },
] as const;
type Mode = (typeof MODES)[number]['id'];

/** Eight pads, and what they do now. */
export function Pads({ deck, index }: { deck: Deck; index: number }) {
  const [mode, setMode] = useState<Mode>('cues');
  const panelId = useId();
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = MODES.findIndex(({ id }) => id === mode);
    const next = MODES[(at + by + MODES.length) % MODES.length] ?? MODES[0];
    setMode(next.id);
    event.currentTarget.querySelector<HTMLElement>(`[data-mode="${next.id}"]`)?.focus();
  };
  return (
    <div className={styles.pads}>
      {/* The list itself is not focused: its tabs are, of which one is in the tab order (WAI-ARIA APG, Tabs). */}
      {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus */}
      <div className={styles.modes} role="tablist" aria-label={`Pads of deck ${deckName(index)}`} onKeyDown={move}>
        {MODES.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            role="tab"
            className={styles.mode}
            aria-selected={mode === id}
            aria-controls={panelId}
            tabIndex={mode === id ? 0 : -1}
            data-mode={id}
            data-lit={id === 'effect' && deck.effect.kind !== 0 && deck.effect.mix > 0}
            data-testid={`deck${index + 1}.pads.${id}`}
            onClick={() => setMode(id)}
          >
            {name}
          </button>
        ))}
      </div>
      <div id={panelId} role="tabpanel" aria-label={MODES.find(({ id }) => id === mode)?.name} className={styles.panel}>
        {mode === 'cues' && <HotCues deck={deck} index={index} />}
        {mode === 'loops' && <LoopPads deck={deck} index={index} />}
        {mode === 'roll' && <RollPads deck={deck} index={index} />}
        {mode === 'jump' && <JumpPads deck={deck} index={index} />}
        {mode === 'effect' && <EffectPanel effect={deck.effect} slot={index} name={`deck ${deckName(index)}`} />}
        {mode === 'grid' && <GridPanel key={deck.track?.id ?? ''} deck={deck} index={index} />}
      </div>
    </div>
  );
}
