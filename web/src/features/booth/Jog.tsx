import { useRef, type CSSProperties, type PointerEvent } from 'react';

import { formatElapsed } from '@/lib/format';
import { SAMPLE_RATE } from '@/lib/mix/commands';
import type { Deck } from '@/lib/mix/desk-port';

import { useFrames } from './draw/frames';
import { deckColour, deckName } from './draw/palette';
import styles from './Jog.module.css';
import { useBoothSession } from './mix-session-context';

/** A record at 33⅓ turns a minute: 1.8 seconds a turn. */
const FRAMES_PER_TURN = 1.8 * SAMPLE_RATE;
/** Turned against a playing deck at the speed of a record, it bends by this. */
const BEND_AT_SPEED = 0.08;
const MAX_BEND = 0.16;
/** What an arrow key searches by on a deck that stands, and how long it nudges one that plays. */
const STEP_FRAMES = SAMPLE_RATE / 100;
const KEY_BEND = 0.04;

interface Turn {
  angle: number;
  at: number;
  frame: number;
}

/** The wheel: nudges a deck that plays, and searches on one that stands. */
export function Jog({ deck, index }: { deck: Deck; index: number }) {
  const session = useBoothSession();
  const plate = useRef<HTMLDivElement>(null);
  const time = useRef<HTMLSpanElement>(null);
  const turn = useRef<Turn | null>(null);
  const lastKey = useRef<string | null>(null);

  useFrames(() => {
    const head = session.playhead(index);
    const angle = head === null ? 0 : ((head.frame / FRAMES_PER_TURN) % 1) * 360;
    plate.current?.style.setProperty('transform', `rotate(${angle.toFixed(2)}deg)`);
    if (time.current !== null) {
      const left = head === null ? 0 : (deck.lengthFrames - head.frame) / SAMPLE_RATE / speedOf(deck);
      const text = deck.track === null ? '–' : `−${formatElapsed(left)}`;
      if (time.current.textContent !== text) time.current.textContent = text;
    }
  });

  const bend = (amount: number): void => session.send({ command: 'Bend', deck: index, amount });
  const moved = (event: PointerEvent<HTMLDivElement>): void => {
    const held = turn.current;
    if (held === null) return;
    const angle = angleOf(event);
    let turned = (angle - held.angle) / (2 * Math.PI);
    turned -= Math.round(turned);
    const elapsedS = Math.max(0.008, (event.timeStamp - held.at) / 1000);
    if (deck.playing) {
      const speed = (turned * FRAMES_PER_TURN) / SAMPLE_RATE / elapsedS;
      bend(Math.max(-MAX_BEND, Math.min(MAX_BEND, speed * BEND_AT_SPEED)));
    } else {
      held.frame = Math.max(0, Math.min(deck.lengthFrames, held.frame + turned * FRAMES_PER_TURN));
      session.send({ command: 'Seek', deck: index, frame: held.frame });
    }
    held.angle = angle;
    held.at = event.timeStamp;
  };
  const dropped = (): void => {
    if (turn.current !== null && deck.playing) bend(0);
    turn.current = null;
  };
  const letGo = (): void => {
    if (lastKey.current !== null && deck.playing) bend(0);
    lastKey.current = null;
  };

  return (
    <div className={styles.jog} style={{ '--deck': deckColour(index) } as CSSProperties}>
      <div
        className={styles.wheel}
        role="slider"
        tabIndex={0}
        aria-label={`Jog wheel of deck ${deckName(index)}`}
        aria-valuemin={-1}
        aria-valuemax={1}
        aria-valuenow={0}
        aria-valuetext={deck.playing ? 'nudges' : 'searches'}
        data-control={`deck${index + 1}.jog`}
        data-testid={`deck${index + 1}.jog`}
        data-playing={deck.playing}
        onPointerDown={(event) => {
          if (deck.track === null || event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const frame = session.playhead(index)?.frame ?? 0;
          turn.current = { angle: angleOf(event), at: event.timeStamp, frame };
        }}
        onPointerMove={moved}
        onPointerUp={dropped}
        onPointerCancel={dropped}
        onKeyDown={(event) => {
          const direction = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
          if (direction === 0 || deck.track === null) return;
          event.preventDefault();
          if (!deck.playing) {
            const frame = session.playhead(index)?.frame ?? 0;
            session.send({ command: 'Seek', deck: index, frame: Math.max(0, frame + direction * STEP_FRAMES) });
          } else if (!event.repeat) {
            lastKey.current = event.key;
            bend(direction * KEY_BEND);
          }
        }}
        onKeyUp={letGo}
        onBlur={letGo}
      >
        <div ref={plate} className={styles.plate} />
        <span className={styles.hub}>
          <b>{deckName(index)}</b>
          <span ref={time} />
        </span>
      </div>
    </div>
  );
}

function speedOf(deck: Deck): number {
  return Math.max(0.1, 1 + deck.pitch * deck.pitchRange);
}

/** Of the pointer about the middle of the wheel, in radians. */
function angleOf(event: PointerEvent<HTMLDivElement>): number {
  const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
  return Math.atan2(event.clientY - top - height / 2, event.clientX - left - width / 2);
}
