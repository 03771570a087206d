import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

import { Icon } from '@/components/Icon';

import controls from './Controls.module.css';
import styles from './PlayerMenu.module.css';

export interface Choice {
  id: string;
  name: string;
  /** What it is good for. */
  hint?: string;
}

interface PlayerMenuProps {
  children: ReactNode;
  onOpen?: () => void;
}

/** The choices of a player, behind one sign. Escape and a press elsewhere close it. */
export function PlayerMenu({ children, onOpen }: PlayerMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = (event: Event): void => {
      const target = event.target as Node;
      if (root.current?.contains(target)) return;
      // A press on a choice's words focuses what is around the menu, before the press is one on the choice.
      if (event.type === 'focusin' && target.contains(root.current)) return;
      setOpen(false);
    };
    const closeByKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      toggle.current?.focus();
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    document.addEventListener('keydown', closeByKey);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
      document.removeEventListener('keydown', closeByKey);
    };
  }, [isOpen]);
  return (
    <div ref={root} className={styles.root}>
      <button
        ref={toggle}
        type="button"
        className={controls.control}
        aria-label="Settings"
        title="Settings"
        aria-expanded={isOpen}
        aria-controls={panelId}
        data-testid="player-settings"
        onClick={() => {
          if (!isOpen) onOpen?.();
          setOpen(!isOpen);
        }}
      >
        <Icon name="sliders" />
      </button>
      <div id={panelId} className={styles.panel} hidden={!isOpen} role="group" aria-label="Player settings">
        {children}
      </div>
    </div>
  );
}

interface ChoiceGroupProps {
  title: string;
  choices: readonly Choice[];
  value: string;
  onChoose: (id: string) => void;
}

/** One thing to choose in a menu, by the arrow keys or by pressing it. */
export function ChoiceGroup({ title, choices, value, onChoose }: ChoiceGroupProps) {
  const name = useId();
  return (
    <fieldset className={styles.group}>
      <legend>{title}</legend>
      {choices.map(({ id, name: label, hint }) => (
        <label key={id} className={styles.choice} data-chosen={id === value}>
          <input type="radio" name={name} value={id} checked={id === value} onChange={() => onChoose(id)} />
          <span>
            {label}
            {hint !== undefined && <small>{hint}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Something to do from a menu. */
export function MenuAction({ children, onPress }: { children: ReactNode; onPress: () => void }) {
  return (
    <button type="button" className={styles.action} onClick={onPress}>
      {children}
    </button>
  );
}
