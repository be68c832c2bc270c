/**
 * Many followed logs over few connections, by HTTP/2. Otherwise every one has a connection of its own, and with it the
 * state of TLS on both sides, which is most of the memory of an operator that follows a thousand. Not for watches: the
 * server ends one whose reader is slow, and over HTTP/2 it has 64 KiB to wait for it, not a socket's buffers.
 */
import { once } from 'node:events';
import http2, { type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';
import type { RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';

/** A server may allow more on a connection; what is lost when one breaks stays bounded. */
const STREAMS_PER_CONNECTION = 100;

/** A ping goes out so often; where the last one has no answer by then, the peer is gone. */
const PING_MS = 15_000;

export interface Connections {
  /** Undefined where the server, or what stands before it, speaks HTTP/1.1 only. Rejects where no connection can be had. */
  request(headers: OutgoingHttpHeaders, secrets: Secrets, signal: AbortSignal): Promise<ClientHttp2Stream | undefined>;
}

/** What a TLS connection is made with: certificates and keys. */
export type Secrets = Omit<RequestOptions, 'headers' | 'agent'>;

export function connectionsTo(server: URL): Connections {
  /** Those that may take more streams. */
  let sessions: Session[] = [];
  let speaksHttp2 = true;
  /** One request after the other finds its connection, or a thousand at once would make a thousand. */
  let queue: Promise<unknown> = Promise.resolve();

  async function sessionFor(secrets: Secrets): Promise<Session | undefined> {
    sessions = sessions.filter((session) => session.isOpen && session.isMadeWith(secrets));
    const found = sessions.find((session) => session.hasRoom);
    if (found !== undefined || !speaksHttp2) return found;
    const socket = await dial(server, secrets);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      speaksHttp2 = false;
      return undefined;
    }
    const session = await Session.over(socket, server, secrets);
    sessions.push(session);
    return session;
  }

  return {
    request(headers, secrets, signal) {
      const answer = queue.then(async () => {
        const session = await sessionFor(secrets);
        signal.throwIfAborted();
        return session?.request(headers, signal);
      });
      queue = answer.catch(() => undefined);
      return answer;
    },
  };
}

class Session {
  readonly #http2: ClientHttp2Session;
  readonly #secrets: Secrets;
  #streams = 0;
  #isGoingAway = false;

  private constructor(session: ClientHttp2Session, secrets: Secrets) {
    this.#http2 = session;
    this.#secrets = secrets;
    // The server is about to end: what is open goes on meanwhile, on what is new it would be refused.
    session.on('goaway', () => {
      this.#isGoingAway = true;
    });
    // Every stream fails with it and tells its own reader.
    session.on('error', () => undefined);
    pingUntilClosed(session);
  }

  /** Once the server has said how many streams it allows. */
  static async over(socket: TLSSocket, server: URL, secrets: Secrets): Promise<Session> {
    const session = http2.connect(server.origin, { createConnection: () => socket });
    await once(session, 'remoteSettings', { signal: AbortSignal.timeout(PING_MS) }).catch((error: unknown) => {
      session.destroy();
      throw error;
    });
    return new Session(session, secrets);
  }

  get isOpen(): boolean {
    return !this.#isGoingAway && !this.#http2.closed && !this.#http2.destroyed;
  }

  get hasRoom(): boolean {
    const { maxConcurrentStreams = STREAMS_PER_CONNECTION } = this.#http2.remoteSettings;
    return this.#streams < Math.min(STREAMS_PER_CONNECTION, maxConcurrentStreams);
  }

  isMadeWith(secrets: Secrets): boolean {
    return isDeepStrictEqual(secrets, this.#secrets);
  }

  request(headers: OutgoingHttpHeaders, signal: AbortSignal): ClientHttp2Stream {
    const stream = this.#http2.request(headers, { endStream: true, signal });
    // Told to who reads it, too; without a listener it would end the process.
    stream.on('error', () => undefined);
    this.#streams += 1;
    stream.once('close', () => {
      this.#streams -= 1;
      if (this.#streams === 0) this.#http2.close();
    });
    return stream;
  }
}

/** Where silence is normal (logs), nothing else would notice that the peer is gone. */
function pingUntilClosed(session: ClientHttp2Session): void {
  let isAnswered = true;
  const timer = setInterval(() => {
    if (!isAnswered) return session.destroy(new Error('the API server answers no pings'));
    isAnswered = false;
    session.ping((error) => {
      isAnswered = error === null;
    });
  }, PING_MS).unref();
  session.once('close', () => clearInterval(timer));
}

function dial(server: URL, secrets: Secrets): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const host = server.hostname.replace(/^\[|\]$/g, '');
    const socket = tls.connect({
      // An address has no place in SNI.
      ...(isIP(host) === 0 && { servername: host }),
      ...(secrets as tls.ConnectionOptions),
      host,
      port: Number(server.port || 443),
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    socket.setTimeout(PING_MS, () => socket.destroy(new Error(`no connection within ${PING_MS / 1_000} s`)));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
