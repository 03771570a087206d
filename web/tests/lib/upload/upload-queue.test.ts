import { beforeEach, expect, test, vi } from 'vitest';

import type { TransferEvents, Transfers, Unfinished } from '@/lib/upload/transfer';
import { MAX_LISTED, UploadQueue } from '@/lib/upload/upload-queue';

interface Sent extends TransferEvents {
  name: string;
  start: ReturnType<typeof vi.fn<() => void>>;
  pause: ReturnType<typeof vi.fn<() => void>>;
  discard: ReturnType<typeof vi.fn<() => Promise<void>>>;
}

let sent: Sent[];
let unfinished: Unfinished[];
let now: number;
let queue: UploadQueue;

const transfers: Transfers = {
  open: (file, events) => {
    const transfer = {
      start: vi.fn<() => void>(),
      pause: vi.fn<() => void>(),
      discard: vi.fn(() => Promise.resolve()),
    };
    sent.push({ name: file.name, ...events, ...transfer });
    return transfer;
  },
  unfinished: () => Promise.resolve(unfinished),
  forget: (key) => {
    unfinished = unfinished.filter((one) => one.key !== key);
    return Promise.resolve();
  },
};

const file = (name: string, size = 1000): File => {
  const made = new File([], name, { lastModified: 1 });
  Object.defineProperty(made, 'size', { value: size });
  return made;
};
const states = (): string[] => queue.getSnapshot().uploads.map(({ name, state }) => `${name} ${state}`);
const idOf = (name: string): number => queue.getSnapshot().uploads.find((upload) => upload.name === name)?.id ?? -1;

beforeEach(() => {
  sent = [];
  unfinished = [];
  now = 0;
  queue = new UploadQueue(transfers, () => now);
});

test('two go at once, the others in their turn', () => {
  queue.add(['a.mp3', 'b.wav', 'c.flac'].map((name) => file(name)));
  expect(states()).toEqual(['a.mp3 sending', 'b.wav sending', 'c.flac waiting']);
  sent[0]?.onDone('t1');
  expect(states()).toEqual(['a.mp3 done', 'b.wav sending', 'c.flac sending']);
});

test('who listens is told of each track that is there', () => {
  const heard = vi.fn();
  queue.onDone(heard);
  queue.add([file('a.mp3')]);
  sent[0]?.onDone('t1');
  expect(heard.mock.calls).toEqual([['t1']]);
});

test.each([
  ['notes.txt', 10, 'This is not MP3'],
  ['empty.mp3', 0, 'empty'],
  ['long.WAV', 104_857_601, '100 MB'],
])('%s of %i bytes is refused in words and not sent', (name, size, why) => {
  queue.add([file(name, size)]);
  const [upload] = queue.getSnapshot().uploads;
  expect([upload?.state, sent[0]?.start.mock.calls.length]).toEqual(['refused', 0]);
  expect(upload?.problem).toContain(why);
});

test('what is on its way counts for what there is room for', () => {
  queue.freeBytes = 1500;
  queue.add([file('a.mp3'), file('b.mp3')]);
  expect(states()).toEqual(['a.mp3 sending', 'b.mp3 refused']);
  expect(queue.getSnapshot().uploads[1]?.problem).toContain('500 bytes of your storage are left');
});

test('speed and time left are those of the last seconds', () => {
  queue.add([file('a.mp3', 100_000)]);
  for (const [at, bytes] of [
    [0, 0],
    [1000, 10_000],
    [2000, 20_000],
  ] as const) {
    now = at;
    sent[0]?.onProgress(bytes);
  }
  expect(queue.getSnapshot().uploads[0]).toMatchObject({ sent: 20_000, bytesPerSecond: 10_000, remainingS: 8 });
});

test('a pause makes room for the next, and going on waits for its turn', () => {
  queue.add(['a.mp3', 'b.mp3', 'c.mp3'].map((name) => file(name)));
  queue.pause(idOf('a.mp3'));
  expect(sent[0]?.pause).toHaveBeenCalledOnce();
  expect(states()).toEqual(['a.mp3 paused', 'b.mp3 sending', 'c.mp3 sending']);
  queue.resume(idOf('a.mp3'));
  expect(states()[0]).toBe('a.mp3 waiting');
  sent[1]?.onDone(null);
  expect([states()[0], sent[0]?.start.mock.calls.length]).toEqual(['a.mp3 sending', 2]);
});

test('what broke off can be tried again, what the platform will never take cannot', () => {
  queue.add([file('a.mp3'), file('b.mp3')]);
  sent[0]?.onFailed('The connection broke off.', false);
  sent[1]?.onFailed('Too large.', true);
  expect(states()).toEqual(['a.mp3 failed', 'b.mp3 refused']);
  queue.resume(idOf('a.mp3'));
  queue.resume(idOf('b.mp3'));
  expect(states()).toEqual(['a.mp3 sending', 'b.mp3 refused']);
});

test('what is cancelled is forgotten at the platform too, what is done is not', () => {
  queue.add([file('a.mp3'), file('b.mp3')]);
  sent[1]?.onDone('t2');
  queue.remove(idOf('a.mp3'));
  queue.remove(idOf('b.mp3'));
  expect([sent[0]?.discard.mock.calls.length, sent[1]?.discard.mock.calls.length]).toEqual([1, 0]);
  expect(queue.getSnapshot().uploads).toEqual([]);
});

test('late progress of what is paused changes nothing', () => {
  queue.add([file('a.mp3')]);
  queue.pause(idOf('a.mp3'));
  sent[0]?.onProgress(500);
  expect(queue.getSnapshot().uploads[0]).toMatchObject({ state: 'paused', sent: 0 });
});

test('a full list turns further files away and says how many', () => {
  const files = Array.from({ length: MAX_LISTED + 3 }, (_, index) => file(`${index}.mp3`));
  expect(queue.add(files)).toBe(3);
  expect(queue.getSnapshot().uploads).toHaveLength(MAX_LISTED);
});

test('what an earlier page left is listed until the same file is chosen, or it is forgotten', async () => {
  unfinished = [
    { key: 'k1', name: 'a.mp3', size: 1000 },
    { key: 'k2', name: 'b.mp3', size: 1000 },
  ];
  queue = new UploadQueue(transfers, () => now);
  await vi.waitFor(() => expect(queue.getSnapshot().unfinished).toHaveLength(2));
  queue.add([file('a.mp3')]);
  expect(queue.getSnapshot().unfinished.map(({ name }) => name)).toEqual(['b.mp3']);
  queue.forget('k2');
  await vi.waitFor(() => expect(queue.getSnapshot().unfinished).toEqual([]));
});

test('leaving is guarded while something is on its way', () => {
  expect(queue.isBusy).toBe(false);
  queue.add([file('a.mp3')]);
  expect(queue.isBusy).toBe(true);
  sent[0]?.onDone(null);
  expect(queue.isBusy).toBe(false);
});
