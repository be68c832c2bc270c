/** Requests as the API server's verbs need them: JSON in and out, or a stream of bytes; timed, limited, observed. */
import type { KubeError } from './cluster.ts';
import { type Answer, type Http, type HttpRequest, textOf } from './http.ts';
import { Lifeline } from './lifeline.ts';
import { failureError } from './status.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'apply' | 'delete' | 'logs';

export interface Call extends Omit<HttpRequest, 'signal' | 'isShared'> {
  readonly verb: Verb;
  /** Kind of the object asked about, for metrics. */
  readonly kind: string;
  readonly signal?: AbortSignal | undefined;
}

/** One request that has ended, or, for a stream, been answered. */
export interface RequestRecord {
  readonly verb: Verb;
  readonly kind: string;
  /** The HTTP status, or `Network` when there was no answer. */
  readonly code: string;
  readonly seconds: number;
}

export type RequestObserver = (record: RequestRecord) => void;

export interface Requests {
  /** The answer's body. Throws KubeError for every status but 2xx, except those that `accept` takes. */
  text(call: Call, accept?: (failure: KubeError, body: string) => boolean): Promise<string | undefined>;
  /** The answer's bytes as they come. `idleMs`: longest silence; undefined: silence is normal. */
  stream(call: Call, idleMs: number | undefined): AsyncGenerator<Uint8Array>;
}

export interface RequestLimits {
  /** For a whole request; for a stream, until its answer begins. */
  readonly timeoutMs: number;
}

export function openRequests(http: Http, { timeoutMs }: RequestLimits, observe: RequestObserver): Requests {
  const slow = `no answer within ${timeoutMs / 1_000} s`;

  async function answerOf(call: Call, lifeline: Lifeline): Promise<Answer> {
    const startedAt = performance.now();
    lifeline.limit(timeoutMs, `${asked(call)}: ${slow}`);
    const record = (code: string): void =>
      observe({ verb: call.verb, kind: call.kind, code, seconds: (performance.now() - startedAt) / 1_000 });
    try {
      const answer = await http({ ...call, isShared: call.verb === 'logs', signal: lifeline.signal });
      record(String(answer.status));
      return answer;
    } catch (error) {
      const failure = lifeline.explain(error, asked(call));
      record(failure.code);
      throw failure;
    }
  }

  return {
    async text(call, accept) {
      const lifeline = new Lifeline(call.signal);
      try {
        const answer = await answerOf(call, lifeline);
        const body = await textOf(answer.body);
        if (isSuccess(answer)) return body;
        const failure = failureOf(call, answer, body);
        if (accept?.(failure, body)) return undefined;
        throw failure;
      } catch (error) {
        throw lifeline.explain(error, asked(call));
      } finally {
        lifeline.close();
      }
    },

    async *stream(call, idleMs) {
      const lifeline = new Lifeline(call.signal);
      let answer: Answer | undefined;
      try {
        answer = await answerOf(call, lifeline);
        if (!isSuccess(answer)) throw failureOf(call, answer, await textOf(answer.body));
        const listen = (): void => {
          if (idleMs === undefined) lifeline.unlimited();
          else lifeline.limit(idleMs, `${asked(call)}: silent for ${idleMs / 1_000} s`);
        };
        listen();
        for await (const chunk of answer.body) {
          listen();
          yield chunk;
        }
      } catch (error) {
        throw lifeline.explain(error, asked(call));
      } finally {
        lifeline.close();
        answer?.close();
      }
    },
  };
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

function failureOf(call: Call, { status, retryAfter }: Answer, body: string): KubeError {
  return failureError({ status, body, retryAfter, asked: asked(call) });
}

function asked({ method, path }: Call): string {
  return `${method} ${path.split('?')[0]}`;
}
