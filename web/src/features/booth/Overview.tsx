import { useRef, type KeyboardEvent, type PointerEvent } from 'react';

import { formatElapsed } from '@/lib/format';
import { SAMPLE_RATE } from '@/lib/mix/commands';
import type { Deck } from '@/lib/mix/desk-port';
import type { Waveform } from '@/lib/mix/waveform';

import { useSheet } from './draw/canvas';
import { useFrames } from './draw/frames';
import { overviewPicture, paintOverview } from './draw/overview';
import { deckName } from './draw/palette';
import { useBoothSession } from './mix-session-context';
import styles from './Overview.module.css';
import { useWaveform } from './useWaveform';

/** What an arrow key moves by. */
const STEP_BEATS = 4;

/** The whole track with its marks: where it is touched, it goes on. */
export function Overview({ deck, index }: { deck: Deck; index: number }) {
  const session = useBoothSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  const sheet = useSheet(canvas);
  const picture = useRef<{ of: Waveform; height: number; canvas: HTMLCanvasElement | null } | null>(null);
  const wave = useWaveform(deck.track?.id ?? null, 'overview');

  useFrames(() => {
    const paper = sheet.current;
    if (paper === null) return;
    const height = Math.round(paper.height * paper.ratio);
    if (wave.status !== 'ready') picture.current = null;
    else if (picture.current?.of !== wave.waveform || picture.current.height !== height) {
      picture.current = { of: wave.waveform, height, canvas: overviewPicture(wave.waveform, height) };
    }
    const frame = session.playhead(index)?.frame ?? 0;
    paintOverview(paper, picture.current?.canvas ?? null, deck, index, frame);
    canvas.current?.setAttribute('aria-valuenow', String(Math.round(frame / SAMPLE_RATE)));
  });

  const seek = (event: PointerEvent<HTMLCanvasElement>): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - left) / width));
    session.send({ command: 'Seek', deck: index, frame: share * deck.lengthFrames });
  };
  const jump = (event: KeyboardEvent): void => {
    const beats = event.key === 'ArrowRight' ? STEP_BEATS : event.key === 'ArrowLeft' ? -STEP_BEATS : 0;
    if (beats === 0) return;
    event.preventDefault();
    session.send({ command: 'BeatJump', deck: index, beats });
  };
  const lengthS = Math.round(deck.lengthFrames / SAMPLE_RATE);
  return (
    <canvas
      ref={canvas}
      className={styles.overview}
      role="slider"
      tabIndex={0}
      aria-label={`Position on deck ${deckName(index)}`}
      aria-valuemin={0}
      aria-valuemax={lengthS}
      aria-valuenow={0}
      aria-valuetext={deck.track === null ? 'empty' : `of ${formatElapsed(lengthS)}`}
      data-testid={`deck${index + 1}.overview`}
      onPointerDown={(event) => {
        if (deck.track === null || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        seek(event);
      }}
      onPointerMove={(event) => {
        if (deck.track !== null && event.currentTarget.hasPointerCapture(event.pointerId)) seek(event);
      }}
      onKeyDown={jump}
    />
  );
}
