/** What one container has printed, and the kubelet's way to serve it. */

export interface LogQuery {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
  /** RFC 3339; lines from this time on. */
  readonly sinceTime?: string | undefined;
}

interface Line {
  readonly at: number;
  readonly text: string;
}

export interface ContainerLog {
  /** Adds lines: a text may hold several. */
  print(text: string): void;
  /** Nothing will follow. */
  close(): void;
  /** Who begins to read now does not see what was printed so far; who reads already goes on. */
  rotate(): void;
  /** All who read now are cut off, as by a kubelet that restarts. */
  sever(): void;
  /** Chunks of whole lines, to the end of the log so far or, followed, to its close. */
  read(query: LogQuery): AsyncIterable<string>;
}

export function containerLog(): ContainerLog {
  const lines: Line[] = [];
  let closed = false;
  let begin = 0;
  let severed = 0;
  let wake: () => void = () => undefined;
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const notify = (): void => {
    wake();
    changed = new Promise((resolve) => {
      wake = resolve;
    });
  };
  return {
    print: (text) => {
      const at = Date.now();
      for (const line of text.split('\n')) lines.push({ at, text: line });
      notify();
    },
    close: () => {
      closed = true;
      notify();
    },
    rotate: () => {
      begin = lines.length;
    },
    sever: () => {
      severed += 1;
      notify();
    },
    read: (query) =>
      limited(query.limitBytes, async function* () {
        const before = severed;
        let next = query.tailLines === undefined ? begin : Math.max(begin, lines.length - query.tailLines);
        const since = query.sinceTime === undefined ? 0 : Date.parse(query.sinceTime);
        for (;;) {
          const news = lines.slice(next).filter(({ at }) => at >= since);
          next = lines.length;
          if (news.length > 0) yield news.map((line) => rendered(line, query.timestamps)).join('');
          if (severed > before || (closed && next === lines.length)) return;
          if (!query.follow) return;
          if (next === lines.length) await changed;
        }
      }),
  };
}

function rendered({ at, text }: Line, timestamps: boolean): string {
  return timestamps ? `${new Date(at).toISOString().replace('Z', '000000Z')} ${text}\n` : `${text}\n`;
}

async function* limited(bytes: number | undefined, read: () => AsyncIterable<string>): AsyncIterable<string> {
  if (bytes === undefined) {
    yield* read();
    return;
  }
  let left = bytes;
  for await (const chunk of read()) {
    const part = Buffer.from(chunk).subarray(0, left);
    left -= part.length;
    yield part.toString('utf8');
    if (left <= 0) return;
  }
}
