import { useState, type DragEvent } from 'react';

import { TRACK_DRAG_TYPE, type Pad } from '@/lib/mix/desk-port';

import { Key } from './controls/Key';
import { CUE_COLOURS } from './draw/palette';
import styles from './Sampler.module.css';

interface SamplePadProps {
  pad: Pad;
  index: number;
  onPlay: () => void;
  onLoad: (trackId: string) => void;
  onSettings: () => void;
}

/** One pad: plays what is on it, and takes a track that is dropped. */
export function SamplePad({ pad, index, onPlay, onLoad, onSettings }: SamplePadProps) {
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    setOver(false);
    const trackId = event.dataTransfer.getData(TRACK_DRAG_TYPE);
    if (trackId === '') return;
    event.preventDefault();
    onLoad(trackId);
  };
  const isUsed = pad.track !== null || pad.loading || pad.problem !== null;
  return (
    // Dropping is one way to fill a pad; the other is the menu of a track in the library.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={styles.pad}
      data-over={isOver}
      data-problem={pad.problem !== null || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(TRACK_DRAG_TYPE)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Key
        label={`Sample ${index + 1}: ${saysOf(pad)}`}
        control={`sample${index + 1}`}
        size="pad"
        light={CUE_COLOURS[index] ?? '#fff'}
        isOn={pad.playing}
        isDisabled={pad.track === null || pad.loading}
        onPress={onPlay}
      >
        <span className={styles.name}>{shortOf(pad)}</span>
      </Key>
      {isUsed && (
        <Key
          label={`Settings of pad ${index + 1}`}
          control={`sample${index + 1}.settings`}
          size="small"
          isOn={pad.loop}
          onPress={onSettings}
        >
          {pad.loop ? '↻ EDIT' : 'EDIT'}
        </Key>
      )}
    </div>
  );
}

function saysOf(pad: Pad): string {
  if (pad.problem !== null) return pad.problem.message;
  if (pad.loading) return 'loading';
  return pad.track?.title ?? 'empty';
}

function shortOf(pad: Pad): string {
  if (pad.problem !== null) return 'Failed';
  if (pad.loading) return 'Loading…';
  return pad.track?.title ?? '–';
}
