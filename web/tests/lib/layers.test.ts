import { expect, test, vi } from 'vitest';

import { limitHeight, qualitiesOf, readQualities } from '@/lib/layers';
import { SessionResource } from '@/lib/signaling';

const LINK = [
  '<turn:turn.example>; rel="ice-server"; username="1:v"; credential="c"; credential-type="password"',
  '</whep/s/1/sse>; rel="urn:ietf:params:whep:ext:core:server-sent-events"; events="active,layers"',
  '</whep/s/1/layer>; rel="urn:ietf:params:whep:ext:core:layer"',
].join(', ');
const LAYERS = {
  '1': [
    { rid: '2', spatialLayerId: 0, temporalLayerId: 1, bitrate: 2_500_000, width: 1280, height: 720 },
    { rid: '2', spatialLayerId: 0, temporalLayerId: 0, bitrate: 1_500_000, width: 1280, height: 720 },
    { rid: '1', spatialLayerId: 0, temporalLayerId: 0, bitrate: 0, width: 640, height: 360 },
    { rid: '0', spatialLayerId: 0, temporalLayerId: 0, bitrate: 150_000, width: 320, height: 180 },
    { rid: '3', spatialLayerId: 0, temporalLayerId: 0, bitrate: 90_000 },
  ],
};

function session(answer: (method: string, url: string) => Response, link = LINK) {
  const asked: [string, string, unknown][] = [];
  const fetcher = vi.fn((input: RequestInfo | URL, init: RequestInit = {}) => {
    const url = input instanceof Request ? input.url : input.toString();
    asked.push([init.method ?? 'GET', url, init.body ?? null]);
    expect(new Headers(init.headers).get('Authorization')).toBe('Bearer watch');
    return Promise.resolve(answer(init.method ?? 'GET', url));
  });
  const headers = new Headers(link === '' ? {} : { Link: link });
  const made = new SessionResource('http://media/whep/s/1', { token: 'watch', headers }, fetcher);
  return { made, asked };
}

/** An event stream that comes in pieces and does not end. */
function events(...pieces: string[]): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => pieces.forEach((piece) => controller.enqueue(encoder.encode(piece))),
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

const signal = new AbortController().signal;

test('the sizes are read from the first event, and nothing more is listened to', async () => {
  const said = `event: layers\ndata: ${JSON.stringify(LAYERS)}\n\n`;
  const { made, asked } = session((method) =>
    method === 'POST'
      ? new Response(null, { status: 201, headers: { Location: '/whep/s/1/sse/x' } })
      : method === 'GET'
        ? events(said.slice(0, 40), said.slice(40))
        : new Response(null),
  );
  const found = await readQualities(made, signal);
  expect(found.map(({ id, bitrateBps }) => [id, bitrateBps])).toEqual([
    ['180', 150_000],
    ['720', 2_500_000],
  ]);
  expect(asked).toEqual([
    ['POST', 'http://media/whep/s/1/sse', '["layers"]'],
    ['GET', 'http://media/whep/s/1/sse/x', null],
    ['DELETE', 'http://media/whep/s/1/sse/x', null],
  ]);
});

test('a server without layers offers no choice, and is asked for none', async () => {
  const { made, asked } = session(() => new Response(null), '');
  expect(await readQualities(made, signal)).toEqual([]);
  await limitHeight(made, 360, signal);
  expect(asked).toEqual([]);
});

test('a height is asked for, and given up again', async () => {
  const { made, asked } = session(() => new Response(null));
  await limitHeight(made, 360, signal);
  await limitHeight(made, null, signal);
  expect(asked).toEqual([
    ['POST', 'http://media/whep/s/1/layer', '{"maxHeight":360}'],
    ['POST', 'http://media/whep/s/1/layer', '{}'],
  ]);
});

test.each(['', '{}', '[]', '{"1":[]}', '{"1":[7,null]}'])('of %s there is nothing to choose', (data) => {
  expect(qualitiesOf(data)).toEqual([]);
});
