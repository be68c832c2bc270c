/** The claim that a Study has made for its checkpoints, on a real API server with its garbage collector. */
import { expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { CLAIM } from '../../operator/kube/kinds.ts';
import { aStudy, type Manifest } from './harness/manifest.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const spec = { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } };
const withClaim = (name: string, claim: object = spec): Manifest =>
  aStudy(name, { checkpoint: { claimTemplate: { spec: claim }, retain: 'None' } });

describeOnCluster('the claim of a Study', 'controllers', (plane) => {
  const team = teamOn(plane, 'claim');
  serve(plane, { teams: [team] });

  test('that the server refuses refuses the Study, in its words', async () => {
    await team.apply(withClaim('refused', {}));
    const { message } = await team.has(STUDY, 'refused', { type: 'Ready', status: 'False', reason: 'InvalidClaim' });
    expect(message).toContain('spec.accessModes: Required value');
  });

  test('goes with it, and one applied again under its name is given its own', async () => {
    await team.apply(withClaim('again'));
    await team.has(STUDY, 'again', { type: 'Ready', status: 'True' });
    const first = await team.get(CLAIM, 'again-checkpoints');
    await team.kubectl(['delete', 'study', 'again']);
    await team.apply(withClaim('again'));
    await team.has(STUDY, 'again', { type: 'Ready', status: 'True' });
    const study = await team.get(STUDY, 'again');
    const claim = await until('there is another claim', async () => {
      const found = await team.get(CLAIM, 'again-checkpoints');
      return found?.metadata.uid === first?.metadata.uid ? undefined : found;
    });
    expect(claim.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([study?.metadata.uid]);
    expect(claim.metadata.deletionTimestamp).toBeUndefined();
  });
});
