import { useCallback, useEffect, useRef, useState } from 'react';

import { captureProblem, type CaptureProblem } from '@/lib/capture';

export type SourceState =
  /** Nobody has been asked for it yet. */
  | { status: 'idle' }
  | { status: 'asking' }
  | { status: 'on'; track: MediaStreamTrack }
  | { status: 'failed'; problem: CaptureProblem };

export interface Source {
  state: SourceState;
  /** Opens it, or opens it again with other settings; the track of before goes on until then. */
  open: (request: () => Promise<MediaStreamTrack>) => Promise<void>;
  fail: (problem: CaptureProblem) => void;
  /** Turns it off. */
  close: () => void;
}

/** Owns the track of one camera or microphone: stops it when another takes its place and when the page goes. */
export function useSource(): Source {
  const [state, setState] = useState<SourceState>({ status: 'idle' });
  const held = useRef<MediaStreamTrack | null>(null);
  const turn = useRef(0);

  const release = useCallback((): void => {
    held.current?.stop();
    held.current = null;
  }, []);

  const fail = useCallback(
    (problem: CaptureProblem): void => {
      release();
      setState({ status: 'failed', problem });
    },
    [release],
  );

  const open = useCallback(
    async (request: () => Promise<MediaStreamTrack>): Promise<void> => {
      const mine = ++turn.current;
      if (held.current === null) setState({ status: 'asking' });
      try {
        const track = await request();
        if (mine !== turn.current) {
          track.stop();
          return;
        }
        release();
        held.current = track;
        track.addEventListener('ended', () => {
          if (held.current === track) fail('gone');
        });
        setState({ status: 'on', track });
      } catch (error) {
        if (mine === turn.current) fail(captureProblem(error));
      }
    },
    [release, fail],
  );

  const close = useCallback((): void => {
    turn.current += 1;
    release();
    setState({ status: 'idle' });
  }, [release]);

  useEffect(
    () => () => {
      // A request still under way is for nobody now.
      turn.current += 1;
      release();
    },
    [release],
  );

  return { state, open, fail, close };
}
