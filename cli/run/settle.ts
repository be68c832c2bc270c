/** A Study from a file meets the one that an earlier run has stored. */
import { sentence } from '../../operator/api/problems.ts';
import { same } from '../../operator/api/schema.ts';
import { STUDY, type Study } from '../../operator/api/study.ts';
import { validateStudy } from '../../operator/api/validate.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Refused } from '../command.ts';

export type Settled = 'Created' | 'Edited' | 'Unchanged';

const FIELD_MANAGER = 'abohb-run';

/** Stores the Study. Refused when it differs from the stored one in what may not be edited. */
export async function settle(cluster: LocalCluster, study: Study): Promise<Settled | Refused> {
  const stored = storedStudy(cluster);
  if (stored) {
    const result = validateStudy(study, stored);
    if ('problems' in result) return { refused: result.problems.map(sentence) };
  }
  const written = await cluster.apply(STUDY, study, { fieldManager: FIELD_MANAGER });
  if (!stored) return 'Created';
  return same(written.spec, stored.spec) ? 'Unchanged' : 'Edited';
}

/** There is at most one: each Study has a store of its own. */
export function storedStudy(cluster: LocalCluster): Study | undefined {
  return cluster.objects(STUDY)[0];
}
