// @vitest-environment happy-dom
import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { useChat } from '@/api/chat/useChat';
import { liveSocket } from '@/api/client';
import type { ChatReading } from '@/lib/chat';
import type { ChatListener } from '@/lib/socket';

import { messageWith, readingOf } from '../support/chat';

let listener: ChatListener;
let readings: (ChatReading | 503)[];
let asked: string[];

beforeEach(() => {
  readings = [];
  asked = [];
  vi.spyOn(liveSocket, 'watchChat').mockImplementation((_streamId, given) => {
    listener = given;
    return () => undefined;
  });
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push(`${init.method ?? 'GET'} ${url}`);
    const reading = readings.length > 1 ? readings.shift() : readings[0];
    const isDown = reading === 503;
    const body = isDown
      ? { success: false, error: { code: 'SERVICE_UNAVAILABLE', message: 'Not now.' } }
      : { success: true, data: init.method === 'POST' ? { message: messageWith({ number: 9 }) } : reading };
    return Promise.resolve(new Response(JSON.stringify(body), { status: isDown ? 503 : 200 }));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function texts(chat: ReturnType<typeof useChat>): string[] {
  return chat.log.messages.map(({ text }) => text);
}

test('what was missed is fetched when all is heard again', async () => {
  readings = [readingOf([1])];
  const { result } = renderHook(() => useChat('s1', 'u1'));
  await waitFor(() => expect(texts(result.current)).toEqual(['message 1']));
  act(() => listener.onMessage(messageWith({ number: 2 })));
  readings = [readingOf([2, 3])];
  act(() => listener.onReadable());
  await waitFor(() => expect(texts(result.current)).toEqual(['message 2', 'message 3']));
});

test('a chat that cannot be read says so, and is read as soon as it can be', async () => {
  readings = [503, readingOf([1])];
  const { result } = renderHook(() => useChat('s1', null));
  await waitFor(() => expect(result.current.log.status).toBe('failed'));
  expect(result.current.log.problem).toBe('Not now.');
  await waitFor(() => expect(texts(result.current)).toEqual(['message 1']), { timeout: 5000 });
});

test('what one sends is there at once, and there once when it is heard too', async () => {
  readings = [readingOf([1])];
  const { result } = renderHook(() => useChat('s1', 'u1'));
  await waitFor(() => expect(result.current.log.status).toBe('ready'));
  await act(() => result.current.send('hello'));
  act(() => listener.onMessage(messageWith({ number: 9 })));
  expect(texts(result.current)).toEqual(['message 1', 'message 9']);
});

test('another stream begins with nothing of the one before', async () => {
  readings = [readingOf([1])];
  const initialProps: { id: string | null } = { id: 's1' };
  const { result, rerender } = renderHook(({ id }) => useChat(id, 'u1'), { initialProps });
  await waitFor(() => expect(texts(result.current)).toEqual(['message 1']));
  const late = listener;
  rerender({ id: null });
  act(() => late.onMessage(messageWith({ number: 5 })));
  expect(result.current.log).toMatchObject({ status: 'loading', messages: [] });
  expect(asked.every((request) => request.includes('/s1?'))).toBe(true);
});
