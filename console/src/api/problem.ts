import type { components } from './schema';

export type FieldProblem = components['schemas']['Problem'];

/** An answer of the API that says what is wrong: a problem document (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  /** The request's id, by which operators find it in the platform's logs. */
  readonly requestId: string | undefined;
  readonly errors: readonly FieldProblem[];

  constructor(fields: {
    status: number;
    type?: string | undefined;
    title?: string | undefined;
    detail?: string | undefined;
    requestId?: string | undefined;
    errors?: readonly FieldProblem[] | undefined;
  }) {
    const title = fields.title ?? `HTTP status ${fields.status}`;
    super(fields.detail ? `${title}: ${fields.detail}` : title);
    this.status = fields.status;
    this.type = fields.type ?? 'about:blank';
    this.title = title;
    this.detail = fields.detail ?? '';
    this.requestId = fields.requestId;
    this.errors = fields.errors ?? [];
  }

  /** The stable name of the problem, such as `Stale`: the last part of its type. */
  get kind(): string {
    return this.type.slice(this.type.lastIndexOf(':') + 1);
  }
}

/** No answer came: the network, the console's server or the browser's clock of patience. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Reads what is wrong from an answer. Gateways and proxies answer without a problem document. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const document = isRecord(body) ? body : {};
  const text = (name: string): string | undefined => {
    const value = document[name];
    return typeof value === 'string' ? value : undefined;
  };
  return new ApiProblem({
    status: response.status,
    type: text('type'),
    title: text('title'),
    // API Gateway's own answers have a `message`.
    detail: text('detail') ?? text('message') ?? text('Message'),
    requestId:
      text('instance') ?? response.headers.get('x-amzn-requestid') ?? response.headers.get('x-amz-cf-id') ?? undefined,
    errors: fieldProblems(document.errors),
  });
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) {
    return [];
  }
  return value.filter(
    (item): item is FieldProblem =>
      isRecord(item) && typeof item.pointer === 'string' && typeof item.detail === 'string',
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
