/**
 * The sidecar's process. SIGTERM means that the training code has ended: what is left is read and printed, and the process
 * ends. The first process of a container does not get a signal that it does not wait for, and code may end as soon as it
 * has begun: so the waiting begins before all that takes time to load.
 */
const ended = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => ended.abort());

const { run } = await import('./run.ts');
await run(process.argv[2], ended.signal);
