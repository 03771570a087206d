import { useCallback, useEffect, useState } from 'react';

const SHOWN_MS = 6000;

export interface Note {
  text: string;
  tone: 'plain' | 'bad';
}

/** A line that says what has just happened, for a while. */
export function useNote(): { note: Note | null; say: (text: string, tone?: Note['tone']) => void } {
  const [note, setNote] = useState<Note | null>(null);
  useEffect(() => {
    if (note === null) return;
    const timer = setTimeout(() => setNote(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [note]);
  return { note, say: useCallback((text: string, tone: Note['tone'] = 'plain') => setNote({ text, tone }), []) };
}
