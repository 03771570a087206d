/** What the platform answers when it refuses: a stable `code` to act on, a `message` fit to be shown. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly details: unknown;
  readonly retryAfterS: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    extra: { details?: unknown; retryAfterS?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: extra.cause });
    this.status = status;
    this.code = code;
    this.details = extra.details;
    this.retryAfterS = extra.retryAfterS ?? null;
  }

  /** True when no answer came at all: no network, or no server. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  /** Sent as JSON; a Blob is sent as it is, under its own type. */
  body?: unknown;
  query?: Record<string, string | number | undefined>;
  signal?: AbortSignal;
  /** Lets the request outlive the page; for what is sent as the page goes away. */
  keepalive?: boolean;
  /** False for the requests that make a session, and so must not wait for one. */
  authenticated?: boolean;
}

export interface Authorizer {
  /** A token that is good now, or null for nobody. */
  accessToken(): Promise<string | null>;
  /** Told that the platform refused `token`; resolves to another one to try, or null. */
  replaceToken(token: string): Promise<string | null>;
}

/** Sends requests to the platform and opens its envelope. Every failure is an ApiError. */
export class Http {
  readonly #base: string;
  readonly #auth: Authorizer;
  readonly #fetch: typeof fetch;

  constructor(base: string, auth: Authorizer, fetcher: typeof fetch = (...args) => fetch(...args)) {
    this.#base = base;
    this.#auth = auth;
    this.#fetch = fetcher;
  }

  async send(method: Method, path: string, options: RequestOptions = {}): Promise<unknown> {
    return this.#authorized(options, (token) => this.#attempt(method, path, options, token, openEnvelope));
  }

  /** GETs what is no envelope: a picture, a waveform. */
  async receive(path: string, options: RequestOptions = {}): Promise<Blob> {
    return this.#authorized(options, (token) => this.#attempt('GET', path, options, token, openBlob));
  }

  async #authorized<T>(options: RequestOptions, attempt: (token: string | null) => Promise<T>): Promise<T> {
    if (options.authenticated === false) return attempt(null);
    const token = await this.#auth.accessToken();
    try {
      return await attempt(token);
    } catch (error) {
      if (token === null || !(error instanceof ApiError) || error.status !== 401) throw error;
      const other = await this.#auth.replaceToken(token);
      if (other === null) throw error;
      return attempt(other);
    }
  }

  async #attempt<T>(
    method: Method,
    path: string,
    options: RequestOptions,
    token: string | null,
    open: (response: Response) => Promise<T>,
  ): Promise<T> {
    const headers = new Headers({ Accept: 'application/json, */*;q=0.5' });
    if (token !== null) headers.set('Authorization', `Bearer ${token}`);
    const init: RequestInit = { method, headers, credentials: 'same-origin', keepalive: options.keepalive ?? false };
    if (options.body instanceof Blob) {
      headers.set('Content-Type', options.body.type);
      init.body = options.body;
    } else if (options.body !== undefined) {
      headers.set('Content-Type', 'application/json');
      init.body = JSON.stringify(options.body);
    }
    if (options.signal) init.signal = options.signal;
    let response: Response;
    try {
      response = await this.#fetch(this.#base + path + queryString(options.query), init);
    } catch (cause) {
      if (options.signal?.aborted) throw cause;
      throw new ApiError(0, 'UNREACHABLE', 'We cannot reach NRS Live. Check your connection.', { cause });
    }
    return open(response);
  }
}

function queryString(query: RequestOptions['query']): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()}`;
}

async function openEnvelope(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && isRecord(body) && body.success === true) return body.data;
  throw refusal(response, body);
}

async function openBlob(response: Response): Promise<Blob> {
  if (response.ok) return response.blob();
  throw refusal(response, await response.json().catch(() => null));
}

function refusal(response: Response, body: unknown): ApiError {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  return new ApiError(
    response.status,
    typeof error.code === 'string' ? error.code : 'UNEXPECTED_ANSWER',
    typeof error.message === 'string' ? error.message : 'NRS Live is having trouble. Try again in a moment.',
    { details: error.details, retryAfterS: retryAfterS(response.headers) },
  );
}

/** Seconds of a Retry-After header (RFC 9110 §10.2.3); null when absent or a date. */
export function retryAfterS(headers: Headers): number | null {
  const value = headers.get('Retry-After');
  if (value === null || !/^\d+$/.test(value)) return null;
  return Number(value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
