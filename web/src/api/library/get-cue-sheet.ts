import { http } from '../client';

/** When which track begins in a recording. */
export function getCueSheet(recordingId: string): Promise<Blob> {
  return http.receive(`/dj/recordings/${recordingId}/cue-sheet`);
}
