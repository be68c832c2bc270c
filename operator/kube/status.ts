/** From what the API server answered to a KubeError. */
import { KubeError, type KubeErrorCode } from './cluster.ts';

/** meta/v1 Status, as far as we read it. */
export interface Status {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly name?: string; readonly retryAfterSeconds?: number };
}

export interface Failure {
  /** HTTP status. */
  readonly status: number;
  /** The answer's body. */
  readonly body: string;
  readonly retryAfter: string | undefined;
  /** What was asked, for answers that explain nothing. */
  readonly asked: string;
}

const CODES: ReadonlyMap<number, KubeErrorCode> = new Map([
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
]);

/** Of an answer that is no Status (a proxy's page, say), this much goes into the message. */
const EXCERPT_CHARS = 200;

export function failureError({ status, body, retryAfter, asked }: Failure): KubeError {
  const answer = parseStatus(body);
  const message = answer?.message || `${asked}: HTTP ${status}: ${body.trim().slice(0, EXCERPT_CHARS)}`;
  const seconds = Number(retryAfter ?? answer?.details?.retryAfterSeconds ?? Number.NaN);
  return new KubeError(codeOf(status, answer?.reason), message, {
    status,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  });
}

/** The error an ERROR event of a watch stands for. */
export function eventError(object: Status): KubeError {
  const status = object.code ?? 500;
  return failureError({
    status,
    body: JSON.stringify({ ...object, kind: 'Status' }),
    retryAfter: undefined,
    asked: 'watch',
  });
}

/** The Status in an answer's body, if that is what it is. */
export function parseStatus(body: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return isStatus(parsed) ? parsed : undefined;
  } catch {
    return undefined; // Plain text or HTML: not from the API server's handlers.
  }
}

function isStatus(parsed: unknown): parsed is Status {
  return typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status';
}

function codeOf(status: number, reason: string | undefined): KubeErrorCode {
  if (reason === 'AlreadyExists') return 'AlreadyExists';
  if (reason === 'Expired' || reason === 'Gone') return 'Gone';
  return CODES.get(status) ?? (status >= 500 ? 'ServerError' : 'BadRequest');
}
