/** Studies that a GitOps tool keeps applying, on a real API server: no drift, and nothing runs twice. */
import { expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { healthOf } from '../gitops/health.ts';
import { kstatus } from '../gitops/kstatus.ts';
import { aStudy } from './harness/manifest.ts';
import { printing } from './harness/pod-script.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';

/** As short as a Study can be, everything else is defaults, with the label of a tool. */
function inGit(name: string): string {
  const parameters = [{ name: 'lr', float: { min: 0.0001, max: 1 } }];
  const study = aStudy(name, { parameters, algorithm: undefined, limits: { maxTrials: 2 } });
  return JSON.stringify({ ...study, metadata: { name, labels: { 'app.kubernetes.io/instance': 'experiments' } } });
}

describeOnCluster('a Study in Git', 'nodes', (plane) => {
  const team = teamOn(plane, 'gitops');
  const unwatched = teamOn(plane, 'gitops-unwatched');
  const curve = [1, 2, 3].map((epoch) => `{"epoch": ${epoch}, "val_error": ${1 / epoch}}`);
  serve(plane, { teams: [team], script: () => printing(curve) });

  test.each([
    ['client-side', []],
    ['server-side', ['--server-side', '--field-manager=argocd-controller']],
  ])('applied %s it shows no drift after its run, and applied again nothing happens', async (kind, how) => {
    const name = `study-${kind}`;
    const apply = (): Promise<string> => team.kubectl(['apply', ...how, '-f', '-'], inGit(name));
    await apply();
    const ended = await team.ended(name);
    // Exits with 1 where anything differs.
    expect(await team.kubectl(['diff', ...how, '-f', '-'], inGit(name))).toBe('');
    await apply();
    const again = await team.get(STUDY, name);
    expect([again.metadata.generation, again.status]).toEqual([1, ended.status]);
    expect([kstatus(again), (await healthOf(again)).status]).toEqual(['Current', 'Healthy']);
  });

  test('one that no operator has seen is not ready, by the conventions alone', async () => {
    await unwatched.kubectl(['apply', '-f', '-'], inGit('unseen'));
    const unseen = await unwatched.get(STUDY, 'unseen');
    expect(kstatus(unseen)).toBe('InProgress');
  });

  test('nothing a tool marks a Study with is found on what belongs to it', async () => {
    const owned = await team.kubectl(['get', 'trials,jobs,pods', '-o', 'yaml']);
    expect(owned).not.toContain('app.kubernetes.io/instance');
  });
});
