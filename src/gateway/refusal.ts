/** Why a request is not done, in the words of RFC 9457; nothing has been started. */
export interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 503;
  /** What comes behind `urn:belay:problem:`. */
  readonly type: string;
  readonly title: string;
  /** What to change. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'Refusal';
    this.problem = problem;
  }
}

export function refuse(problem: Problem): never {
  throw new Refusal(problem);
}

export function problemResponse({ status, type, title, detail, headers, more }: Problem): Response {
  const document = { type: `urn:belay:problem:${type}`, title, status, detail, ...more };
  return new Response(`${JSON.stringify(document)}\n`, {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}
