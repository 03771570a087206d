// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, expect, test, vi } from 'vitest';

import type { Chat } from '@/api/chat/useChat';
import { ChatPanel } from '@/components/chat/ChatPanel';
import { NO_CHAT, type ChatLog } from '@/lib/chat';
import { ApiError } from '@/lib/http';

import { messageWith } from '../support/chat';

function chatWith(log: Partial<ChatLog>, deeds: Partial<Chat> = {}): Chat {
  const done = (): Promise<void> => Promise.resolve();
  const ready: ChatLog = { ...NO_CHAT, status: 'ready', ...log };
  return { log: ready, send: done, remove: done, silence: done, again: () => undefined, ...deeds };
}

function open(chat: Chat, { userId = 'u1', isOpen = true }: { userId?: string | null; isOpen?: boolean } = {}): void {
  const element = <ChatPanel chat={chat} userId={userId} isOpen={isOpen} />;
  render(<RouterProvider router={createMemoryRouter([{ path: '/', element }])} />);
}

afterEach(cleanup);

test('messages are a log that says who wrote, and what they are to the stream', () => {
  const messages = [
    messageWith({ number: 1, username: 'nina', role: 'dj', badge: 'creator', text: '<b>not bold</b>' }),
    messageWith({ number: 2, userId: 'u1', username: 'me' }),
  ];
  open(chatWith({ messages }));
  expect(screen.getByRole('log').textContent).toContain('<b>not bold</b>');
  const [first, second] = screen.getAllByTestId('chat-message');
  expect(first?.textContent).toContain('ninaCreator');
  expect(second?.textContent).toContain('meYou');
  expect(screen.queryByTestId('moderate')).toBeNull();
});

test('each state says what it is', () => {
  open({ ...chatWith({}), log: NO_CHAT });
  expect(screen.getByText('Loading the chat…')).toBeTruthy();
  cleanup();
  const again = vi.fn();
  open({ ...chatWith({}, { again }), log: { ...NO_CHAT, status: 'failed', problem: 'Down.' } });
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(again).toHaveBeenCalledOnce();
  cleanup();
  open(chatWith({}));
  expect(screen.getByText(/Nobody has written yet/)).toBeTruthy();
  cleanup();
  open(chatWith({ problem: 'Down.' }));
  expect(screen.getByText(/Messages may be missing/)).toBeTruthy();
});

test('who may not write is told why, and has no field', () => {
  open(chatWith({}), { userId: null });
  expect(screen.getByRole('link', { name: 'Sign in' }).getAttribute('href')).toBe('/login');
  expect(screen.queryByTestId('chat-input')).toBeNull();
  cleanup();
  open(chatWith({ isSilenced: true }));
  expect(screen.getByTestId('chat-silenced')).toBeTruthy();
  expect(screen.queryByTestId('chat-input')).toBeNull();
  cleanup();
  open(chatWith({}), { isOpen: false });
  expect(screen.getByText(/stream is over/)).toBeTruthy();
  expect(screen.queryByTestId('chat-input')).toBeNull();
});

test('what was sent leaves the field, and what was refused stays in it', async () => {
  const send = vi
    .fn<Chat['send']>()
    .mockRejectedValueOnce(new ApiError(429, 'RATE_LIMITED', 'Wait a moment.'))
    .mockResolvedValueOnce(undefined);
  open(chatWith({}, { send }));
  const field = screen.getByTestId<HTMLInputElement>('chat-input');
  fireEvent.change(field, { target: { value: 'hello' } });
  fireEvent.click(screen.getByTestId('chat-send'));
  await waitFor(() => expect(screen.getByTestId('chat-problem').textContent).toBe('Wait a moment.'));
  expect(field.value).toBe('hello');
  fireEvent.click(screen.getByTestId('chat-send'));
  await waitFor(() => expect(field.value).toBe(''));
  expect(screen.queryByTestId('chat-problem')).toBeNull();
  expect(send.mock.calls).toEqual([['hello'], ['hello']]);
});

test('nothing, and more than there may be, cannot be sent', () => {
  open(chatWith({}));
  const field = screen.getByTestId('chat-input');
  const button = screen.getByTestId<HTMLButtonElement>('chat-send');
  for (const [value, isDisabled] of [['  ', true], ['x'.repeat(501), true], ['😀'.repeat(500), false]] as const) {
    fireEvent.change(field, { target: { value } });
    expect(button.disabled).toBe(isDisabled);
  }
});

test('a moderator removes a message, silences its author, and lifts that; another moderator is not to be silenced', async () => {
  const remove = vi.fn<Chat['remove']>().mockResolvedValue(undefined);
  const silence = vi.fn<Chat['silence']>().mockRejectedValueOnce(new ApiError(503, 'X', 'Not now.'));
  const messages = [
    messageWith({ number: 1 }),
    messageWith({ number: 2, userId: 'u3', username: 'otto' }),
    messageWith({ number: 3, userId: 'u4', username: 'anna', badge: 'dj' }),
  ];
  open(chatWith({ messages, mayModerate: true, silenced: new Set(['u3']) }, { remove, silence }));
  const press = (name: string): void => {
    fireEvent.click(screen.getByRole('button', { name: `Moderate the message of ${name}` }));
  };
  press('lina');
  fireEvent.click(screen.getByTestId('remove-message'));
  expect(remove).toHaveBeenCalledWith(messages[0]);
  expect(screen.queryByTestId('remove-message')).toBeNull();
  press('otto');
  fireEvent.click(screen.getByRole('button', { name: 'Let otto write' }));
  expect(silence).toHaveBeenCalledWith('u3', false);
  await waitFor(() => expect(screen.getByRole('alert').textContent).toBe('Not now.'));
  press('anna');
  expect(screen.queryByTestId('silence')).toBeNull();
});
