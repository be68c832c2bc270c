/** Every second seed. */
import { keepsEveryInvariant } from './random.ts';

keepsEveryInvariant({ shard: 1, shards: 2 });
