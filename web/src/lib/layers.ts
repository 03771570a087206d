/** The sizes in which a picture is sent over WebRTC, and which of them one is sent (draft-ietf-wish-whep). */
import type { Quality } from './player/quality';
import { isRecord } from './http';
import type { SessionResource } from './signaling';

const EVENTS = 'urn:ietf:params:whep:ext:core:server-sent-events';
const LAYER = 'urn:ietf:params:whep:ext:core:layer';

/** What there is at present, from small to large; empty where the server does not say. Rejects with SignalingError. */
export async function readQualities(session: SessionResource, signal: AbortSignal): Promise<Quality[]> {
  const endpoint = session.link(EVENTS);
  if (endpoint === null) return [];
  const made = await session.call('POST', endpoint, ['layers'], signal);
  const stream = new URL(made.headers.get('Location') ?? '', endpoint).href;
  const reading = new AbortController();
  try {
    const response = await session.call('GET', stream, null, AbortSignal.any([signal, reading.signal]));
    return response.body === null ? [] : qualitiesOf(await firstEvent(response.body));
  } finally {
    // What follows is of no interest: who opens the menu again asks again.
    reading.abort();
    session.call('DELETE', stream, null, AbortSignal.timeout(5000)).catch(() => undefined);
  }
}

/** Asks for pictures of no more lines than `height`; null leaves it to what the network carries. */
export async function limitHeight(session: SessionResource, height: number | null, signal: AbortSignal): Promise<void> {
  const endpoint = session.link(LAYER);
  if (endpoint !== null) await session.call('POST', endpoint, height === null ? {} : { maxHeight: height }, signal);
}

/** The data of the first event; empty when there is none. */
async function firstEvent(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: true });
    const data = /^data: (.*)$/m.exec(text.slice(0, text.lastIndexOf('\n') + 1))?.[1];
    if (data !== undefined || done) return data ?? '';
  }
}

/** Of each height the most that it takes; those that the publisher does not send at present are left out. */
export function qualitiesOf(data: string): Quality[] {
  const sections: unknown = data === '' ? {} : JSON.parse(data);
  const layers: unknown[] = isRecord(sections) ? Object.values(sections).flat() : [];
  const byHeight = new Map<number, Quality>();
  for (const layer of layers) {
    if (!isRecord(layer)) continue;
    const { width, height, bitrate } = layer;
    if (typeof width !== 'number' || typeof height !== 'number' || typeof bitrate !== 'number' || bitrate <= 0) continue;
    const known = byHeight.get(height);
    if (known === undefined || known.bitrateBps < bitrate) {
      byHeight.set(height, { id: String(height), width, height, bitrateBps: bitrate, fps: 0 });
    }
  }
  return [...byHeight.values()].sort((a, b) => a.height - b.height);
}
