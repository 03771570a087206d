import { useState, type DragEvent } from 'react';

import { TRACK_DRAG_TYPE } from '@/lib/mix/desk-port';

interface DropProps {
  'data-over': true | undefined;
  onDragOver: (event: DragEvent) => void;
  onDragLeave: () => void;
  onDrop: (event: DragEvent) => void;
}

/** Makes an element a place where a track can be dropped. */
export function useTrackDrop(onTrack: (trackId: string) => void): DropProps {
  const [isOver, setOver] = useState(false);
  return {
    'data-over': isOver || undefined,
    onDragOver: (event) => {
      if (!event.dataTransfer.types.includes(TRACK_DRAG_TYPE)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event) => {
      setOver(false);
      const trackId = event.dataTransfer.getData(TRACK_DRAG_TYPE);
      if (trackId === '') return;
      event.preventDefault();
      onTrack(trackId);
    },
  };
}
