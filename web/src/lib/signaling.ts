import { isRecord, retryAfterS } from './http';

/** A refusal of the media server, or no answer from it (`status` 0). */
export class SignalingError extends Error {
  override readonly name = 'SignalingError';
  readonly status: number;
  readonly code: string;
  readonly retryAfterS: number | null;

  constructor(status: number, code: string, message: string, retryAfter: number | null = null, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfter;
  }
}

export type Fetch = typeof fetch;

/**
 * The session resource that a WHIP or WHEP endpoint made (RFC 9725 §4.2): the only thing that can change or end it.
 */
export class SessionResource {
  readonly url: string;
  readonly #links: ReadonlyMap<string, string>;
  readonly #token: string;
  readonly #fetch: Fetch;
  #etag: string | null;

  constructor(url: string, made: { token: string; headers: Headers }, fetcher: Fetch) {
    this.url = url;
    this.#links = linksIn(made.headers.get('Link') ?? '', url);
    this.#token = made.token;
    this.#etag = made.headers.get('ETag');
    this.#fetch = fetcher;
  }

  /** Where the server has that extension of the session; null where it has none. */
  link(relation: string): string | null {
    return this.#links.get(relation) ?? null;
  }

  /** A request about the session, to an address that it or its links name. Rejects with SignalingError. */
  async call(method: string, url: string, body: unknown, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#token}` };
    const init: RequestInit = { method, headers, signal };
    if (body !== null) {
      headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(body);
    }
    const response = await send(this.#fetch, url, init);
    if (!response.ok) throw await refusal(response);
    return response;
  }

  get etag(): string | null {
    return this.#etag;
  }

  /** Asks for an ICE restart; resolves to the server's fragment. 404 says that the session is gone. */
  async restartIce(fragment: string, signal?: AbortSignal): Promise<string> {
    const init: RequestInit = {
      method: 'PATCH',
      headers: {
        Authorization: `Bearer ${this.#token}`,
        'Content-Type': 'application/trickle-ice-sdpfrag',
        // RFC 9725 §4.3.3: a restart is asked for whatever the current ICE session is.
        'If-Match': '*',
      },
      body: fragment,
    };
    if (signal) init.signal = signal;
    const response = await send(this.#fetch, this.url, init);
    if (response.status !== 200) throw await refusal(response);
    this.#etag = response.headers.get('ETag');
    return response.text();
  }

  /** Ends the session. `keepalive` lets the request outlive the page. A session already gone is ended too. */
  async end(keepalive = false): Promise<void> {
    const response = await send(this.#fetch, this.url, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${this.#token}` },
      keepalive,
    });
    if (!response.ok && response.status !== 404) throw await refusal(response);
  }
}

/** Offers `sdp` to a WHIP or WHEP endpoint. Raises SignalingError. */
export async function postOffer(
  endpoint: { url: string; token: string },
  sdp: string,
  fetcher: Fetch,
  signal?: AbortSignal,
): Promise<{ answer: string; resource: SessionResource }> {
  const init: RequestInit = {
    method: 'POST',
    headers: { Authorization: `Bearer ${endpoint.token}`, 'Content-Type': 'application/sdp' },
    body: sdp,
  };
  if (signal) init.signal = signal;
  const response = await send(fetcher, endpoint.url, init);
  if (response.status !== 201) throw await refusal(response);
  const location = response.headers.get('Location');
  if (location === null) throw new SignalingError(201, 'NO_LOCATION', 'The media server named no session.');
  const resource = new SessionResource(
    new URL(location, endpoint.url).href,
    { token: endpoint.token, headers: response.headers },
    fetcher,
  );
  return { answer: await response.text(), resource };
}

/** The targets of a Link header by their relations (RFC 8288 §3); one that cannot be read is left out. */
function linksIn(header: string, base: string): Map<string, string> {
  const links = new Map<string, string>();
  for (const [, target = '', parameters = ''] of header.matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+="[^"]*")*)/g)) {
    const relation = /;\s*rel="([^"]*)"/.exec(parameters)?.[1];
    if (relation !== undefined && URL.canParse(target, base)) links.set(relation, new URL(target, base).href);
  }
  return links;
}

async function send(fetcher: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetcher(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new SignalingError(0, 'UNREACHABLE', 'The media server cannot be reached.', null, cause);
  }
}

async function refusal(response: Response): Promise<SignalingError> {
  const body: unknown = await response.json().catch(() => null);
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  return new SignalingError(
    response.status,
    typeof error.code === 'string' ? error.code : 'UNEXPECTED_ANSWER',
    typeof error.message === 'string' ? error.message : `The media server answered ${response.status}.`,
    retryAfterS(response.headers),
  );
}
