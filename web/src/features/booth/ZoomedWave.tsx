import { useRef, type CSSProperties, type PointerEvent } from 'react';

import { SAMPLE_RATE } from '@/lib/mix/commands';
import type { Deck } from '@/lib/mix/desk-port';

import { useSheet } from './draw/canvas';
import { useFrames } from './draw/frames';
import { deckColour, deckName } from './draw/palette';
import { Tiles } from './draw/tiles';
import { paintZoomed } from './draw/zoomed';
import { useBoothSession } from './mix-session-context';
import { useWaveform } from './useWaveform';
import styles from './ZoomedWave.module.css';

interface ZoomedWaveProps {
  deck: Deck;
  index: number;
  /** CSS pixels for a second of sound. */
  pxPerS: number;
}

/** A nudge of this much for each pixel a second by which the wave is pulled. */
const BEND_PER_PX_S = 0.0004;
const MAX_BEND = 0.12;

/** The surroundings of the playhead. Pulled while it plays, it nudges; while it stands, it is moved under the head. */
export function ZoomedWave({ deck, index, pxPerS }: ZoomedWaveProps) {
  const session = useBoothSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  const sheet = useSheet(canvas);
  const tiles = useRef<Tiles | null>(null);
  const pull = useRef<{ x: number; at: number; frame: number } | null>(null);
  const wave = useWaveform(deck.track?.id ?? null, 'full');
  const speed = 1 + deck.pitch * deck.pitchRange;

  const framesPerPx = (): number => {
    const rate = session.moment()?.decks[index]?.[1] ?? speed;
    return (SAMPLE_RATE * (Math.abs(rate) > 0.05 ? Math.abs(rate) : speed)) / pxPerS;
  };

  useFrames(() => {
    const paper = sheet.current;
    if (paper === null) return;
    const head = session.playhead(index);
    if (deck.track === null || head === null) {
      paper.context.clearRect(0, 0, paper.width, paper.height);
      return;
    }
    const height = Math.round(paper.height * paper.ratio);
    if (wave.status !== 'ready') tiles.current = null;
    else if (tiles.current?.isOf(wave.waveform, height) !== true) tiles.current = new Tiles(wave.waveform, height);
    paintZoomed(paper, tiles.current, { deck, index, head, framesPerPx: framesPerPx() });
  });

  const moved = (event: PointerEvent): void => {
    const held = pull.current;
    if (held === null) return;
    const dx = event.clientX - held.x;
    if (deck.playing) {
      const elapsedS = Math.max(0.008, (event.timeStamp - held.at) / 1000);
      const bend = Math.max(-MAX_BEND, Math.min(MAX_BEND, (-dx / elapsedS) * BEND_PER_PX_S));
      session.send({ command: 'Bend', deck: index, amount: bend });
    } else {
      held.frame = Math.max(0, Math.min(deck.lengthFrames, held.frame - dx * framesPerPx()));
      session.send({ command: 'Seek', deck: index, frame: held.frame });
    }
    held.x = event.clientX;
    held.at = event.timeStamp;
  };
  const dropped = (): void => {
    if (pull.current !== null && deck.playing) session.send({ command: 'Bend', deck: index, amount: 0 });
    pull.current = null;
  };

  return (
    <div className={styles.wave} style={{ '--deck': deckColour(index) } as CSSProperties}>
      <span className={styles.name} aria-hidden="true">
        {deckName(index)}
      </span>
      <canvas
        ref={canvas}
        className={styles.canvas}
        data-testid={`deck${index + 1}.zoomed`}
        aria-hidden="true"
        onPointerDown={(event) => {
          if (deck.track === null || event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const frame = session.playhead(index)?.frame ?? 0;
          pull.current = { x: event.clientX, at: event.timeStamp, frame };
        }}
        onPointerMove={moved}
        onPointerUp={dropped}
        onPointerCancel={dropped}
      />
      {deck.track !== null && wave.status !== 'ready' && (
        <span className={styles.instead} role="status">
          {wave.status === 'missing' ? 'This track has no waveform' : 'Drawing the waveform…'}
        </span>
      )}
    </div>
  );
}
