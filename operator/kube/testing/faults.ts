/** Answers of a test server that are not what was asked for. */
import type { ServerResponse } from 'node:http';

/** Answers a request in place of the server. */
export type Fault = (response: ServerResponse) => void;

/** An answer with a Status object, as the API server gives it. */
export function status(
  code: number,
  reason: string,
  options: { readonly message?: string; readonly name?: string; readonly headers?: Record<string, string> } = {},
): Fault {
  const { message = `told to answer ${code}`, name, headers = {} } = options;
  return json(code, { kind: 'Status', apiVersion: 'v1', code, reason, message, details: { name } }, headers);
}

export function json(code: number, body: unknown, headers: Record<string, string> = {}): Fault {
  return (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

export function text(code: number, body: string): Fault {
  return (response) => {
    response.writeHead(code, { 'content-type': 'text/plain' });
    response.end(body);
  };
}

/** The connection is reset before any answer. */
export const reset: Fault = (response) => {
  response.socket?.resetAndDestroy();
};

/** No answer ever comes. */
export const silence: Fault = () => undefined;
