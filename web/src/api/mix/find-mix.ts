import { http } from '../client';

import type { OpenMix } from './types';

/** The open mix that one leads or is a member of. */
export async function findMix(signal?: AbortSignal): Promise<OpenMix | null> {
  const answer = (await http.send('GET', '/dj/mix', signal ? { signal } : {})) as Partial<OpenMix>;
  return answer.mix && answer.stream ? { mix: answer.mix, stream: answer.stream } : null;
}
