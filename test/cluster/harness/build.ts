/**
 * Builds what the tests need ahead of time, what is needed first first: `node test/cluster/harness/build.ts`. The control
 * plane's programs; then, where this machine can be one, a node's, and the images that run on it.
 */
import { images } from '../../node/harness/images.ts';
import { whyNoNode } from '../../node/harness/machine.ts';
import { controlPlaneBinaries } from './binary.ts';
import { built } from './own-programs.ts';
import { tools } from './tools.ts';

const progress = (line: string): void => void process.stderr.write(`test cluster: ${line}\n`);

const [binaries, fetched] = await Promise.all([controlPlaneBinaries(progress), tools(progress)]);
for (const part of [binaries, fetched]) if (part.kind === 'unavailable') progress(`not available: ${part.reason}`);
if (binaries.kind === 'available') progress(`control plane: ${binaries.apiServer[0]}`);

const reason = whyNoNode();
if (reason === undefined) {
  await built('node', progress);
  await images(progress);
} else progress(`not available: ${reason}`);
