// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';

import { fingerprintOf, keysOf, ResumeStore } from '@/lib/upload/resume-store';
import { explain, TusTransfers } from '@/lib/upload/tus-transfers';

const nobody = { accessToken: () => Promise.resolve(null), replaceToken: () => Promise.resolve(null) };
const file = { name: 'Mïx / one.wav', size: 5, lastModified: 7 };
const stored = (creationTime: string) => ({
  size: 5,
  metadata: { filename: file.name },
  creationTime,
  urlStorageKey: '',
  uploadUrl: '/api/v1/dj/uploads/u1',
  parallelUploadUrls: null,
});

beforeEach(() => localStorage.clear());

test('where an upload stands is found again for the same file of the same person alone', async () => {
  const store = new ResumeStore();
  await store.addUpload(fingerprintOf('ann', file), stored('2026-01-01T00:00:00Z'));
  expect(await store.findUploadsByFingerprint(fingerprintOf('ann', file))).toMatchObject([
    { uploadUrl: '/api/v1/dj/uploads/u1' },
  ]);
  expect(await store.findUploadsByFingerprint(fingerprintOf('bob', file))).toEqual([]);
  expect(await store.findUploadsByFingerprint(fingerprintOf('ann', { ...file, lastModified: 8 }))).toEqual([]);
});

test('unfinished uploads are listed by name for the person they belong to, until forgotten', async () => {
  const store = new ResumeStore();
  await store.addUpload(fingerprintOf('ann', file), stored('2026-01-01T00:00:00Z'));
  const ann = new TusTransfers('/api/v1/dj/uploads', nobody, 'ann', store);
  expect(await new TusTransfers('/api/v1/dj/uploads', nobody, 'an', store).unfinished()).toEqual([]);
  const [found] = await ann.unfinished();
  expect(found).toMatchObject({ name: file.name, size: 5 });
  await ann.forget(found?.key ?? '');
  expect(await ann.unfinished()).toEqual([]);
});

test('a hundred are kept, the oldest goes', async () => {
  const store = new ResumeStore();
  for (let day = 0; day < 101; day += 1) {
    const at = new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString();
    await store.addUpload(fingerprintOf('ann', { ...file, name: `${day}` }), stored(at));
  }
  const kept = (await store.findAllUploads()).map(({ creationTime }) => creationTime).sort();
  expect([kept.length, kept[0]]).toEqual([100, '2026-01-02T00:00:00.000Z']);
});

test('what else is in the storage is no upload', async () => {
  localStorage.setItem(`${keysOf('ann')}x`, '{"half":');
  localStorage.setItem(`${keysOf('ann')}y`, '7');
  expect(await new ResumeStore().findAllUploads()).toEqual([]);
});

test('a storage that is full or switched off is no error', async () => {
  const full = {
    length: 0,
    key: () => null,
    getItem: () => null,
    removeItem: vi.fn(),
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  await expect(new ResumeStore(full).addUpload('x', stored('2026-01-01T00:00:00Z'))).resolves.toBeTypeOf('string');
  expect(await new ResumeStore(null).findAllUploads()).toEqual([]);
});

function refused(status: number, body: string): Error {
  const originalResponse = {
    getStatus: () => status,
    getBody: () => body,
    getHeader: () => undefined,
    getUnderlyingObject: () => null,
  };
  return Object.assign(new Error('tus: unexpected response'), { originalResponse });
}
const envelope = (code: string): string =>
  JSON.stringify({ success: false, error: { code, message: `said: ${code}` } });

test.each([
  [413, envelope('FILE_TOO_LARGE'), '100 MB', true],
  [507, envelope('QUOTA_EXCEEDED'), 'storage is full', false],
  [413, '<html>', '100 MB', true],
  [401, envelope('INVALID_TOKEN'), 'signed out', false],
  [422, envelope('VALIDATION_ERROR'), 'said: VALIDATION_ERROR', true],
  [502, '<html>', 'having trouble', false],
])('a refusal with %i is put in plain words: %s', (status, body, words, isFinal) => {
  const said = explain(refused(status, body));
  expect(said.message).toContain(words);
  expect(said.isFinal).toBe(isFinal);
});

test('a connection that broke off says that nothing is lost', () => {
  expect(explain(Object.assign(new Error('x'), { originalResponse: null }))).toMatchObject({ isFinal: false });
});
