/** `make demo-cluster-down` */
import { clusterDown } from './cluster.ts';

const wasUp = await clusterDown();
process.stdout.write(wasUp ? 'the demo cluster is down; nothing of it is left\n' : 'no demo cluster is up\n');
