import { describe, expect, test, vi } from 'vitest';

import { fieldErrors } from '@/lib/field-errors';
import { ApiError, Http, type Authorizer } from '@/lib/http';

const nobody: Authorizer = { accessToken: () => Promise.resolve(null), replaceToken: () => Promise.resolve(null) };

function answering(...responses: Response[]) {
  return vi.fn<typeof fetch>(() => Promise.resolve(responses.shift() ?? Response.error()));
}

function refusal(status: number, code: string, details?: unknown, headers?: HeadersInit): Response {
  return Response.json({ success: false, error: { code, message: `no: ${code}`, details } }, { status, ...(headers && { headers }) });
}

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(ApiError);
      return error as ApiError;
    },
  );
}

describe('a request', () => {
  test('resolves to what is in the envelope', async () => {
    const http = new Http('/api/v1', nobody, answering(Response.json({ success: true, data: { total: 3 } })));
    expect(await http.send('GET', '/stream/live')).toEqual({ total: 3 });
  });

  test('leaves out of the query what is not given', async () => {
    const fetcher = answering(Response.json({ success: true, data: null }));
    await new Http('/api', nobody, fetcher).send('GET', '/x', { query: { a: 1, role: undefined, search: '' } });
    expect(fetcher.mock.calls[0]?.[0]).toBe('/api/x?a=1');
  });

  test('fails with the code of the platform and the time to wait', async () => {
    const limited = refusal(429, 'RATE_LIMITED', undefined, { 'Retry-After': '7' });
    const error = await failureOf(new Http('', nobody, answering(limited)).send('POST', '/x'));
    expect([error.status, error.code, error.retryAfterS]).toEqual([429, 'RATE_LIMITED', 7]);
  });

  test('fails with words of our own when the answer is no envelope', async () => {
    const error = await failureOf(new Http('', nobody, answering(new Response('<html>', { status: 502 }))).send('GET', '/'));
    expect([error.status, error.code]).toEqual([502, 'UNEXPECTED_ANSWER']);
  });

  test('says that nothing was reached when fetch fails', async () => {
    const down = () => Promise.reject(new TypeError('Failed to fetch'));
    const error = await failureOf(new Http('', nobody, down).send('GET', '/'));
    expect(error.isUnreachable).toBe(true);
  });

  test('is sent once more with a new token when the first is refused', async () => {
    const fetcher = answering(refusal(401, 'INVALID_TOKEN'), Response.json({ success: true, data: 'in' }));
    const auth = { accessToken: () => Promise.resolve('old'), replaceToken: () => Promise.resolve('new') };
    expect(await new Http('', auth, fetcher).send('GET', '/')).toBe('in');
    const sent = fetcher.mock.calls.map(([, init]) => new Headers(init?.headers).get('Authorization'));
    expect(sent).toEqual(['Bearer old', 'Bearer new']);
  });

  test('for what is no envelope resolves to its bytes, and is refused like any other', async () => {
    const fetcher = answering(new Response('RIFF'), refusal(404, 'TRACK_NOT_FOUND'));
    const http = new Http('', nobody, fetcher);
    expect(await (await http.receive('/waveform')).text()).toBe('RIFF');
    expect((await failureOf(http.receive('/waveform'))).code).toBe('TRACK_NOT_FOUND');
  });

  test('carries a file under its own type', async () => {
    const fetcher = answering(Response.json({ success: true, data: null }));
    const cover = new Blob(['png'], { type: 'image/png' });
    await new Http('', nobody, fetcher).send('PUT', '/cover', { body: cover });
    const init = fetcher.mock.calls[0]?.[1];
    expect([init?.body, new Headers(init?.headers).get('Content-Type')]).toEqual([cover, 'image/png']);
  });

  test('is not sent a third time', async () => {
    const fetcher = answering(refusal(401, 'INVALID_TOKEN'), refusal(401, 'INVALID_TOKEN'));
    const auth = { accessToken: () => Promise.resolve('old'), replaceToken: () => Promise.resolve('new') };
    expect((await failureOf(new Http('', auth, fetcher).send('GET', '/'))).status).toBe(401);
    expect(fetcher).toHaveBeenCalledTimes(2);
  });
});

test('each field shows its first message', () => {
  const fields = [
    { in: 'body', field: 'email', message: 'It is taken.' },
    { in: 'body', field: 'email', message: 'second' },
    { nonsense: true },
  ];
  expect(fieldErrors(new ApiError(422, 'VALIDATION_ERROR', 'no', { details: { fields } }))).toEqual({
    email: 'It is taken.',
  });
  expect(fieldErrors(new ApiError(500, 'INTERNAL_ERROR', 'no', { details: { fields: 'x' } }))).toEqual({});
  expect(fieldErrors(new Error('other'))).toEqual({});
});
