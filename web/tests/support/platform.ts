type Answer = (body: unknown, query: URLSearchParams) => unknown;

/** A refusal, to be answered instead of data. */
export class Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;

  constructor(status: number, code: string, message: string) {
    this.status = status;
    this.code = code;
    this.message = message;
  }
}

/** The platform as far as a test says: answers by method and path, and keeps what it was asked. */
export class Platform {
  readonly asked: { request: string; body: unknown }[] = [];
  readonly #answers = new Map<string, Answer>();

  /** Says what is answered to `request`, such as "GET /stream/keys". A returned Response is sent as it is. */
  on(request: string, answer: Answer): this {
    this.#answers.set(request, answer);
    return this;
  }

  requests(start: string): unknown[] {
    return this.asked.filter(({ request }) => request.startsWith(start)).map(({ body }) => body);
  }

  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input, 'http://nrs.test');
    const request = `${init?.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}`;
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
    this.asked.push({ request, body });
    const answer = this.#answers.get(request);
    const data =
      answer === undefined ? new Refusal(404, 'NOT_FOUND', 'There is none.') : answer(body, url.searchParams);
    if (data instanceof Response) return Promise.resolve(data);
    if (data instanceof Refusal) {
      const error = { code: data.code, message: data.message };
      return Promise.resolve(Response.json({ success: false, error }, { status: data.status }));
    }
    return Promise.resolve(Response.json({ success: true, data }));
  };
}
