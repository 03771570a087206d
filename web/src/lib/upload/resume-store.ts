import type { PreviousUpload, UrlStorage } from 'tus-js-client';

import { isRecord } from '../http';

/** The part of localStorage that is used. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const PREFIX = 'nrs.upload.';
/** More than anybody leaves half done; the oldest goes, and would begin anew. */
const MAX_KEPT = 100;

/**
 * Where uploads stand, kept in this browser so that they survive a reload. Where storage is full or switched off an
 * upload lasts as long as its page, so failures are no errors.
 */
export class ResumeStore implements UrlStorage {
  readonly #shelf: Shelf | null;

  constructor(shelf: Shelf | null = openShelf()) {
    this.#shelf = shelf;
  }

  findAllUploads(): Promise<PreviousUpload[]> {
    return Promise.resolve(this.#find(PREFIX));
  }

  findUploadsByFingerprint(fingerprint: string): Promise<PreviousUpload[]> {
    return Promise.resolve(this.#find(`${PREFIX}${fingerprint}/`));
  }

  removeUpload(urlStorageKey: string): Promise<void> {
    if (urlStorageKey.startsWith(PREFIX)) this.#shelf?.removeItem(urlStorageKey);
    return Promise.resolve();
  }

  addUpload(fingerprint: string, upload: PreviousUpload): Promise<string> {
    const key = `${PREFIX}${fingerprint}/${crypto.randomUUID()}`;
    const oldest = this.#find(PREFIX).sort((a, b) => Date.parse(a.creationTime) - Date.parse(b.creationTime));
    for (const { urlStorageKey } of oldest.slice(0, Math.max(0, oldest.length + 1 - MAX_KEPT))) {
      this.#shelf?.removeItem(urlStorageKey);
    }
    try {
      this.#shelf?.setItem(key, JSON.stringify(upload));
    } catch {
      // Storage is full: this upload lasts as long as its page.
    }
    return Promise.resolve(key);
  }

  #find(prefix: string): PreviousUpload[] {
    const shelf = this.#shelf;
    if (shelf === null) return [];
    const keys = Array.from({ length: shelf.length }, (_, index) => shelf.key(index));
    return keys
      .filter((key) => key?.startsWith(prefix) === true)
      .map((key) => readStoredUpload(key ?? '', shelf.getItem(key ?? '')))
      .filter((upload) => upload !== null);
  }
}

/** The id that `fingerprint` gives an upload of `userId`: the same file of the same person. */
export function fingerprintOf(userId: string, file: Pick<File, 'name' | 'size' | 'lastModified'>): string {
  return `${userId}/${encodeURIComponent(file.name)}-${file.size}-${file.lastModified}`;
}

/** The prefix of the keys of all uploads of `userId`. */
export function keysOf(userId: string): string {
  return `${PREFIX}${userId}/`;
}

function readStoredUpload(urlStorageKey: string, json: string | null): PreviousUpload | null {
  let value: unknown;
  try {
    value = JSON.parse(json ?? 'null');
  } catch {
    // Something else wrote there.
    return null;
  }
  if (!isRecord(value) || typeof value.uploadUrl !== 'string' || typeof value.creationTime !== 'string') return null;
  const filename =
    isRecord(value.metadata) && typeof value.metadata.filename === 'string' ? value.metadata.filename : '';
  return {
    urlStorageKey,
    uploadUrl: value.uploadUrl,
    creationTime: value.creationTime,
    size: typeof value.size === 'number' ? value.size : null,
    metadata: { filename },
    parallelUploadUrls: null,
  };
}

function openShelf(): Shelf | null {
  try {
    return localStorage;
  } catch {
    // Reading the property alone fails where storage is switched off.
    return null;
  }
}
