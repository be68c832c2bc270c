/** What GitOps tools make of a Study in each of its states, and the examples for them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { validateStudy } from '../../operator/api/validate.ts';
import type { Outcome } from '../../operator/controllers/study/outcome.ts';
import { statusWithReady, studyStatus } from '../../operator/controllers/study/study-status.ts';
import { aStudy, NOW, stored } from '../builders.ts';
import { healthOf } from '../gitops/health.ts';
import { kstatus } from '../gitops/kstatus.ts';

const ROOT = join(import.meta.dirname, '../..');
const now = Date.parse(NOW);
const study = stored(aStudy());

function inState(outcome: Outcome, of = study) {
  const nothing = { trials: [], best: undefined };
  const input = { ...nothing, study: of, scheduler: { brackets: [] }, outcome, seed: 1, startTime: NOW, now };
  return { ...of, status: studyStatus(input) };
}
const outcome = (succeeded: Outcome['succeeded'], message: string): Outcome => ({
  succeeded,
  reason: 'Some',
  message,
  cutsOff: false,
});
const refused = { status: 'False', reason: 'InvalidTemplate', message: 'no such reference' } as const;
const suspended = stored(aStudy({ suspend: true }));
const running = inState(outcome('Unknown', '3 of 5 trials have not ended'));

describe('a Study that', () => {
  test.each([
    [
      'nobody has seen',
      { ...study, status: { observedGeneration: -1 } },
      'Progressing',
      'the operator has not seen this Study yet',
      'InProgress',
    ],
    [
      'was edited since',
      { ...running, metadata: { ...running.metadata, generation: 2 } },
      'Progressing',
      'the operator has not seen this Study yet',
      'InProgress',
    ],
    [
      'is refused until it is edited',
      { ...study, status: statusWithReady(study, { ...refused, needsEdit: true }, now) },
      'Degraded',
      'no such reference',
      'Failed',
    ],
    [
      'is refused for now',
      { ...study, status: statusWithReady(study, refused, now) },
      'Progressing',
      'no such reference',
      'InProgress',
    ],
    ['runs', running, 'Healthy', '3 of 5 trials have not ended', 'Current'],
    [
      'is suspended',
      inState(outcome('Unknown', 'suspended'), suspended),
      'Suspended',
      'spec.suspend is true: no trial runs',
      'Current',
    ],
    ['has found something', inState(outcome('True', 'all have run')), 'Healthy', 'all have run', 'Current'],
    ['has found nothing', inState(outcome('False', 'none reported')), 'Degraded', 'none reported', 'Current'],
  ])('%s', async (...[, object, status, message, judged]) => {
    expect(await healthOf(object)).toEqual({ status, message });
    expect(kstatus(object)).toBe(judged);
  });

  test('goes on after a refusal is stalled no more', () => {
    const before = { ...study, status: statusWithReady(study, { ...refused, needsEdit: true }, now) };
    const accepted = { status: 'True', reason: 'Accepted', message: '' } as const;
    expect(kstatus({ ...before, status: statusWithReady(before, accepted, now) })).toBe('Current');
  });
});

describe('the examples', () => {
  const read = async (path: string): Promise<Record<string, unknown>> =>
    parse(await readFile(join(ROOT, 'examples/gitops', path), 'utf8')) as Record<string, unknown>;

  test('hold a valid Study, and say where it is', async () => {
    expect(validateStudy(await read('studies/study.yaml'))).toHaveProperty('study');
    expect(await read('studies/kustomization.yaml')).toMatchObject({ resources: ['study.yaml'] });
    expect(await read('argo-cd/application.yaml')).toMatchObject({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      spec: { source: { path: 'examples/gitops/studies' } },
    });
    expect(await read('flux/kustomization.yaml')).toMatchObject({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      spec: { path: './examples/gitops/studies', wait: true, prune: true },
    });
  });

  test('have Argo CD ask the API server what differs, which knows the defaults of a Study', async () => {
    expect(await read('argo-cd/application.yaml')).toMatchObject({
      metadata: { annotations: { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' } },
      spec: { syncPolicy: { syncOptions: expect.arrayContaining(['ServerSideApply=true']) } },
    });
  });
});
