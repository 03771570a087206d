import * as tus from 'tus-js-client';

import { isRecord } from '../http';

import { MAX_FILE_BYTES, formatBytes } from './audio-file';
import { fingerprintOf, keysOf, ResumeStore } from './resume-store';
import type { Transfer, TransferEvents, Transfers, Unfinished } from './transfer';

/** How a broken connection is tried again: from 0.5 s on, for a bit more than a minute in all. */
const RETRY_DELAYS_MS = [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 20_000];
/** Pieces, so that proxies with a limit for bodies let a track through, and progress is what the platform has. */
const CHUNK_BYTES = 8 * 1024 * 1024;

export interface TokenSource {
  accessToken: () => Promise<string | null>;
  replaceToken: (token: string) => Promise<string | null>;
}

/** Uploads by tus 1.0. Where each stands is kept in the browser under the user's id, so it survives a reload. */
export class TusTransfers implements Transfers {
  readonly #endpoint: string;
  readonly #tokens: TokenSource;
  readonly #userId: string;
  readonly #storage: tus.UrlStorage;

  constructor(endpoint: string, tokens: TokenSource, userId: string, storage: tus.UrlStorage = new ResumeStore()) {
    this.#endpoint = endpoint;
    this.#tokens = tokens;
    this.#userId = userId;
    this.#storage = storage;
  }

  open(file: File, events: TransferEvents): Transfer {
    const upload = this.#upload(file, events);
    // Each start and pause ends what the one before is still looking up.
    let turn = 0;
    const start = async (): Promise<void> => {
      const mine = ++turn;
      const before = upload.url === null ? await upload.findPreviousUploads() : [];
      if (mine !== turn) return;
      const newest = before.sort((a, b) => Date.parse(b.creationTime) - Date.parse(a.creationTime))[0];
      if (newest !== undefined) upload.resumeFromPreviousUpload(newest);
      upload.start();
    };
    const halt = (isForGood: boolean): Promise<void> => {
      turn += 1;
      return upload.abort(isForGood);
    };
    return {
      start: () => void start(),
      pause: () => void halt(false),
      discard: () => halt(true),
    };
  }

  async unfinished(): Promise<Unfinished[]> {
    const all = await this.#storage.findAllUploads();
    return all
      .filter(({ urlStorageKey }) => urlStorageKey.startsWith(keysOf(this.#userId)))
      .map(({ urlStorageKey, metadata, size }) => ({
        key: urlStorageKey,
        name: metadata.filename === undefined || metadata.filename === '' ? 'A track' : metadata.filename,
        size: size ?? 0,
      }));
  }

  forget(key: string): Promise<void> {
    return this.#storage.removeUpload(key);
  }

  #upload(file: File, events: TransferEvents): tus.Upload {
    let token: string | null = null;
    let isTokenRefused = false;
    return new tus.Upload(file, {
      endpoint: this.#endpoint,
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_DELAYS_MS,
      metadata: { filename: file.name, filetype: file.type },
      urlStorage: this.#storage,
      fingerprint: () => Promise.resolve(fingerprintOf(this.#userId, file)),
      removeFingerprintOnSuccess: true,
      onBeforeRequest: async (request) => {
        const refused = isTokenRefused ? token : null;
        isTokenRefused = false;
        token = refused === null ? await this.#tokens.accessToken() : await this.#tokens.replaceToken(refused);
        if (token !== null) request.setHeader('Authorization', `Bearer ${token}`);
      },
      onShouldRetry: (error, attempt) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        if (status === 401) {
          isTokenRefused = attempt === 0;
          return isTokenRefused;
        }
        // 409 and 423: the platform still holds the end of a request that broke off.
        return status < 400 || status >= 500 ? status !== 507 : [409, 423, 429].includes(status);
      },
      onProgress: (sent) => events.onProgress(sent),
      onSuccess: ({ lastResponse }) => events.onDone(lastResponse.getHeader('X-Track-Id') ?? null),
      onError: (error) => {
        const { message, isFinal } = explain(error);
        events.onFailed(message, isFinal);
      },
    });
  }
}

const SENTENCES: Record<string, string> = {
  FILE_TOO_LARGE: `This file is larger than ${formatBytes(MAX_FILE_BYTES)}, which is the most a track may have.`,
  QUOTA_EXCEEDED: 'Your storage is full. Delete tracks to make room, then try again.',
};

/** What went wrong, in words, and whether the same file could get through later. */
export function explain(error: Error | tus.DetailedError): { message: string; isFinal: boolean } {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  if (response === null) {
    return {
      message: 'The connection broke off. What was sent is kept: try again to go on from there.',
      isFinal: false,
    };
  }
  const status = response.getStatus();
  const { code, message } = readEnvelope(response.getBody());
  const known =
    SENTENCES[code] ??
    (status === 413 ? SENTENCES.FILE_TOO_LARGE : status === 507 ? SENTENCES.QUOTA_EXCEEDED : undefined);
  if (status === 401) return { message: 'You are signed out. Sign in and try again.', isFinal: false };
  return {
    message: known ?? message ?? 'NRS Live is having trouble. Try again in a moment.',
    isFinal: status === 413 || status === 415 || status === 422 || status === 400,
  };
}

function readEnvelope(body: string): { code: string; message: string | undefined } {
  try {
    const answer: unknown = JSON.parse(body);
    const error = isRecord(answer) && isRecord(answer.error) ? answer.error : {};
    return {
      code: typeof error.code === 'string' ? error.code : '',
      message: typeof error.message === 'string' ? error.message : undefined,
    };
  } catch {
    // A proxy answered, not the platform.
    return { code: '', message: undefined };
  }
}
