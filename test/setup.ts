/**
 * Property tests draw the same cases each time, so that a change is judged by itself and not by luck. Others are drawn
 * with PROPERTY_SEED=n, or PROPERTY_SEED=random for new ones at each run; a failure prints its seed.
 */
import fc from 'fast-check';

const seed = process.env['PROPERTY_SEED'] ?? '1';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
