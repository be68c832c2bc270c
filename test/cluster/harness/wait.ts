/** Waiting on conditions, never for a time. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/**
 * The first answer of `probe` that is neither false nor undefined. What it throws is a reason to look again, so that a
 * server may be away; but for a failed assertion, which is thrown at once: what was wrong for a moment was wrong. Throws
 * after `timeoutMs` (30 s) with `what` was waited for and the probe's last error.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | false | undefined> | T | false | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await attempt(probe);
    if (answer.value !== undefined && answer.value !== false) return answer.value;
    if (Date.now() > deadline) throw new Error(`gave up after ${timeoutMs} ms: ${what}`, { cause: answer.error });
    await sleep(POLL_MS);
  }
}

async function attempt<T>(probe: () => Promise<T> | T): Promise<{ value?: T; error?: unknown }> {
  try {
    return { value: await probe() };
  } catch (error) {
    if (isAssertion(error)) throw error;
    return { error };
  }
}

/** Of whichever library: all of them give theirs this name. */
function isAssertion(error: unknown): boolean {
  return error instanceof Error && error.name === 'AssertionError';
}

/** Something that a test holds back until it says so. */
export interface Gate {
  open(): void;
  readonly opened: Promise<void>;
}

export function gate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
