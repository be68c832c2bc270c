/** Every second seed. */
import { keepsEveryInvariant } from './random.ts';

keepsEveryInvariant({ shard: 0, shards: 2 });
