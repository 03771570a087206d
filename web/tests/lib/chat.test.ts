import { expect, test } from 'vitest';

import { NO_CHAT, reduceChat, SHOWN, type ChatAction, type ChatLog } from '@/lib/chat';

import { messageWith, readingOf } from '../support/chat';

function after(...actions: ChatAction[]): ChatLog {
  return actions.reduce(reduceChat, NO_CHAT);
}

const read = (numbers: number[]): ChatAction => ({ type: 'read', reading: readingOf(numbers), silenced: [] });
const heard = (number: number): ChatAction => ({ type: 'heard', message: messageWith({ number }) });
const removed = (number: number): ChatAction => ({ type: 'removed', messageId: `m${number}` });
const numbers = (log: ChatLog): number[] => log.messages.map(({ number }) => number);

test('messages are shown in their order, each once, however they come', () => {
  expect(numbers(after({ type: 'asked' }, read([1, 2, 3]), heard(5), heard(4), heard(5)))).toEqual([1, 2, 3, 4, 5]);
});

test('the newest are kept', () => {
  const all = Array.from({ length: SHOWN }, (_, index) => index + 1);
  expect(numbers(after({ type: 'asked' }, read(all), heard(SHOWN + 1)))).toEqual([...all.slice(1), SHOWN + 1]);
});

test('what was heard while the answer was under way is not lost, though the answer was read before it', () => {
  expect(numbers(after({ type: 'asked' }, heard(2), heard(4), read([1, 3])))).toEqual([1, 2, 3, 4]);
});

test('what was removed while the answer was under way does not come back with it', () => {
  expect(numbers(after({ type: 'asked' }, read([1, 2]), { type: 'asked' }, removed(2), read([1, 2])))).toEqual([1]);
  expect(numbers(after({ type: 'asked' }, removed(2), heard(2), read([1])))).toEqual([1]);
});

test('what was removed while nothing was heard is gone when it is read again', () => {
  expect(numbers(after({ type: 'asked' }, read([1, 2, 3]), heard(4), { type: 'asked' }, read([1, 3])))).toEqual([1, 3]);
});

test('a chat that cannot be read again stays, and says that it may be old', () => {
  const failed: ChatAction = { type: 'failed', message: 'down' };
  expect(after({ type: 'asked' }, failed)).toMatchObject({ status: 'failed', problem: 'down' });
  const stale = after({ type: 'asked' }, read([1]), { type: 'asked' }, failed);
  expect(stale).toMatchObject({ status: 'ready', problem: 'down' });
  expect(numbers(stale)).toEqual([1]);
  expect(reduceChat(stale, read([1, 2])).problem).toBeNull();
});

test('who is silenced is known until it is lifted', () => {
  const log = after({ type: 'asked' }, { type: 'read', reading: readingOf([]), silenced: ['a'] });
  const more = reduceChat(log, { type: 'silenced', userId: 'b', isSilenced: true });
  expect([...reduceChat(more, { type: 'silenced', userId: 'a', isSilenced: false }).silenced]).toEqual(['b']);
});
