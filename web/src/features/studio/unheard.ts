import type { SourceState } from '@/components/useSource';

/** Why viewers hear nothing, though whoever is on air may think they do. */
export type Unheard = 'asking' | 'no-microphone' | 'silent';

/** Music has pauses, and so have speakers; shorter than this nobody wonders. */
export const SILENT_S = 10;

/** What there is to say to somebody on air; null while they are heard, or have muted themselves. */
export function unheard(microphone: SourceState['status'], isMuted: boolean, quietS: number): Unheard | null {
  if (microphone === 'asking') return 'asking';
  if (microphone !== 'on') return 'no-microphone';
  return !isMuted && quietS >= SILENT_S ? 'silent' : null;
}
