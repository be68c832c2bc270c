/** Builds the control plane for the tests ahead of time: `node test/cluster/harness/build.ts`. Also fetches the tools. */
import { controlPlaneBinaries } from './binary.ts';
import { tools } from './tools.ts';

const progress = (line: string): void => void process.stderr.write(`test cluster: ${line}\n`);

const [binaries, fetched] = await Promise.all([controlPlaneBinaries(progress), tools(progress)]);
for (const part of [binaries, fetched]) if (part.kind === 'unavailable') progress(`not available: ${part.reason}`);
if (binaries.kind === 'available') progress(`control plane: ${binaries.apiServer[0]}`);
