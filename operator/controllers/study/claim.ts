/** The claim that holds the checkpoints of a Study: made before the first trial, or found to be there already. */
import type { Study } from '../../api/study.ts';
import { type Cluster, isKubeError, refOf } from '../../kube/cluster.ts';
import { CLAIM, type Claim } from '../../kube/kinds.ts';
import { checkpointClaim } from '../../objects/checkpoint.ts';
import type { Refused } from './accept.ts';

/** Why the Study cannot have its claim; undefined once it has it, or needs none made. */
export async function refusedClaim(
  cluster: Pick<Cluster, 'create' | 'get'>,
  study: Study,
): Promise<Refused | undefined> {
  const claim = checkpointClaim(study);
  if (!claim) return undefined;
  try {
    return await made(cluster, claim, study);
  } catch (error) {
    if (!isKubeError(error, 'Invalid', 'BadRequest', 'Forbidden')) throw error;
    const message = `the API server refuses the PersistentVolumeClaim of spec.checkpoint.claimTemplate: ${error.message}`;
    return { reason: 'InvalidClaim', message, mayPass: error.code === 'Forbidden' };
  }
}

async function made(
  cluster: Pick<Cluster, 'create' | 'get'>,
  claim: Claim,
  study: Study,
): Promise<Refused | undefined> {
  try {
    await cluster.create(CLAIM, claim);
    return undefined;
  } catch (error) {
    if (!isKubeError(error, 'AlreadyExists')) throw error;
  }
  const found = await cluster.get(CLAIM, refOf(claim));
  const hindrance = found ? whyNotOurs(found, study) : 'was there a moment ago: waits until it can be made';
  if (hindrance === undefined) return undefined;
  const message = `spec.checkpoint.claimTemplate: PersistentVolumeClaim ${claim.metadata.name} ${hindrance}`;
  return { reason: 'ClaimTaken', message, mayPass: true };
}

/** One that nobody owns was kept from an earlier Study of the same name, or made by hand: both are meant to be used. */
function whyNotOurs({ metadata }: Claim, study: Study): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'is being deleted: waits until it is gone';
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || owner.uid === study.metadata.uid) return undefined;
  return `belongs to another ${owner.kind}, ${owner.name}: waits until it is gone; delete it, or give this Study another name`;
}
