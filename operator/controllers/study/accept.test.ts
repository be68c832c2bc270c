import { describe, expect, test } from 'vitest';
import { aStudy, NOW, stored } from '../../../test/builders.ts';
import { type Study, type StudyStatus, studySchema } from '../../api/study.ts';
import { type Kind, KubeError, type KubeErrorCode, type KubeObject, type ObjectMeta } from '../../kube/cluster.ts';
import { CLAIM, JOB } from '../../kube/kinds.ts';
import { FakeClock } from '../../runtime/testing/fake-clock.ts';
import { type AcceptContext, accept } from './accept.ts';

interface Heard {
  readonly result: Awaited<ReturnType<typeof accept>>;
  /** The status written, if any. */
  readonly status: StudyStatus | undefined;
  /** What the server was asked about. */
  readonly probes: readonly KubeObject[];
  readonly events: readonly string[];
}

interface Server {
  readonly Job?: () => void;
  readonly PersistentVolumeClaim?: () => void;
  /** The claim that is there. */
  readonly claim?: KubeObject;
  /** What the operator was told is its own. */
  readonly image?: string;
}

/** Accepts a Study in front of a server that answers the probe, and the creation of a claim, so. */
async function accepting(study: Study, { Job, PersistentVolumeClaim, image, claim }: Server = {}): Promise<Heard> {
  const answers: Readonly<Record<string, (() => void) | undefined>> = { Job, PersistentVolumeClaim };
  let status: StudyStatus | undefined;
  const probes: KubeObject[] = [];
  const events: string[] = [];
  const context = {
    workloads: { kindOf: async () => JOB },
    clock: new FakeClock(Date.parse(NOW)),
    drawSeed: () => 4711,
    image,
    guards: { studies: { write: (_: string, call: () => Promise<unknown>) => call() } },
    record: (_: KubeObject, { type, reason, message }: { type: string; reason: string; message: string }) =>
      events.push(`${type} ${reason}: ${message}`),
    log: { info: () => undefined },
    cluster: {
      create: async (kind: Kind, object: KubeObject, { dryRun }: { dryRun?: boolean } = {}) => {
        expect(dryRun).toBe(kind === CLAIM ? undefined : true);
        if (kind === JOB) probes.push(object);
        answers[kind.kind]?.();
        return object;
      },
      get: async () => claim,
      applyStatus: async (_: unknown, object: Study) => {
        // As the API server would: nothing that the schema does not know.
        expect(studySchema.shape.status.safeParse(object.status).error).toBeUndefined();
        status = object.status;
        return object;
      },
    },
  } as unknown as AcceptContext;
  return { result: await accept(context, study), status, probes, events };
}

const ready = ({ status }: Heard) => {
  const { type, status: holds, reason, message } = status?.conditions?.[0] ?? {};
  return { type, holds, reason, message };
};
const refusing = (code: KubeErrorCode, words: string) => () => {
  throw new KubeError(code, words);
};

test('a good Study is given its seed and start time before anything else happens', async () => {
  const heard = await accepting(stored(aStudy({ seed: 17 })));
  expect(heard.result).toBe('until-changed');
  expect(heard.status).toMatchObject({ seed: 17, startTime: NOW, observedGeneration: 1 });
  expect(ready(heard)).toEqual({
    type: 'Ready',
    holds: 'True',
    reason: 'Accepted',
    message: 'the Study is valid and is being run',
  });
  expect(heard.events).toEqual(['Normal Accepted: the Study is valid and is being run']);
});

test('a Study without a seed is given one, once', async () => {
  const first = await accepting(stored(aStudy({ seed: undefined })));
  expect(first.status?.seed).toBe(4711);
  expect((await accepting(stored(aStudy({ seed: undefined }), { seed: 12 }))).status?.seed).toBe(12);
});

test('a Study that was accepted is not asked about again', async () => {
  const { status } = await accepting(stored(aStudy()));
  const again = await accepting(stored(aStudy(), status));
  expect([again.result, again.probes, again.status]).toEqual([{ seed: 1, startTime: NOW }, [], undefined]);
});

test('the server is asked about the Job of a trial in the middle of the space, under a name no Job can have', async () => {
  const { probes } = await accepting(stored(aStudy()));
  expect(probes.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([['Job', 'digits-dry-run']]);
});

test('a Study that cannot be run is refused with everything that is wrong, and nobody is asked', async () => {
  const container = { name: 'train', args: ['$(parameters.lrr)', '$(trial.nam)'] };
  const study = aStudy();
  const template = { spec: { template: { spec: { containers: [container] } } } };
  const heard = await accepting(stored({ ...study, spec: { ...study.spec, trialTemplate: template } }));
  const at = 'spec.trialTemplate.spec.template.spec.containers[0]';
  expect(heard.result).toBe('until-changed');
  expect(heard.probes).toEqual([]);
  expect(ready(heard)).toEqual({
    type: 'Ready',
    holds: 'False',
    reason: 'InvalidTemplate',
    message: `${at}.args[0]: $(parameters.lrr) is not a known reference: did you mean parameters.lr?; ${at}.args[1]: $(trial.nam) is not a known reference: did you mean trial.name?`,
  });
  expect(heard.status?.seed).toBeUndefined();
});

test('a Job the server would refuse refuses the Study, in the server’s words', async () => {
  const heard = await accepting(stored(aStudy()), { Job: refusing('Invalid', 'image: Required value') });
  expect(heard.result).toBe('until-changed');
  expect(ready(heard)).toEqual({
    type: 'Ready',
    holds: 'False',
    reason: 'InvalidTemplate',
    message: 'the API server refuses the Job of spec.trialTemplate: image: Required value',
  });
});

test('a Job refused for a quota or a missing right is asked about again, the rarer the longer it was', async () => {
  const refuse = { Job: refusing('Forbidden', 'exceeded quota: gpus') };
  const { result, status } = await accepting(stored(aStudy()), refuse);
  expect(result).toEqual({ afterMs: 5_000 });
  const refused = (agoMs: number) => {
    const lastTransitionTime = new Date(Date.parse(NOW) - agoMs).toISOString();
    const conditions = status?.conditions?.map((condition) => ({ ...condition, lastTransitionTime }));
    return stored(aStudy(), { ...status, conditions: conditions ?? [] });
  };
  expect((await accepting(refused(20_000), refuse)).result).toEqual({ afterMs: 20_000 });
  expect((await accepting(refused(3_600_000), refuse)).result).toEqual({ afterMs: 60_000 });
});

test('being refused again for the same reason writes nothing and tells nothing', async () => {
  const refuse = { Job: refusing('Invalid', 'image: Required value') };
  const first = await accepting(stored(aStudy()), refuse);
  const again = await accepting(stored(aStudy(), first.status), refuse);
  expect([again.status, again.events]).toEqual([undefined, []]);
});

test('a server that cannot answer is an error, not a refusal', async () => {
  const failing = () => {
    throw new KubeError('ServerError', 'etcd is down');
  };
  await expect(accepting(stored(aStudy()), { Job: failing })).rejects.toThrow('etcd is down');
});

test('a Study that needs a sidecar is refused where the operator does not know its own image', async () => {
  const study = stored(aStudy({ metrics: { file: { path: '/metrics/train.jsonl' } } }));
  expect(ready(await accepting(study))).toMatchObject({
    holds: 'False',
    reason: 'NoSidecarImage',
    message:
      "spec.metrics.file needs a sidecar from the operator's own image, which it was not told: set ABOHB_IMAGE in its environment (the Helm chart does), or print the reports and use log",
  });
  const accepted = await accepting(study, { image: 'abohb:1' });
  expect(ready(accepted)).toMatchObject({ holds: 'True' });
  expect(JSON.stringify(accepted.probes)).toContain('"image":"abohb:1"');
});

describe('the claim of a Study', () => {
  const spec = { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } };
  const study = stored(aStudy({ checkpoint: { claimTemplate: { spec }, retain: 'None' } }));
  const name = 'digits-checkpoints';

  /** It is there already. */
  function taken(metadata: Partial<ObjectMeta>): Promise<Heard> {
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, ...metadata } };
    return accepting(study, { PersistentVolumeClaim: refusing('AlreadyExists', 'it exists'), claim });
  }

  const ownedBy = (uid: string): Partial<ObjectMeta> => ({
    ownerReferences: [{ apiVersion: 'abohb.dev/v1alpha1', kind: 'Study', name: 'digits', uid, controller: true }],
  });

  test.each<[KubeErrorCode, Heard['result']]>([
    ['Invalid', 'until-changed'],
    ['BadRequest', 'until-changed'],
    ['Forbidden', { afterMs: 5_000 }],
  ])('that the server refuses (%s) refuses the Study in its words', async (code, result) => {
    const refused = await accepting(study, { PersistentVolumeClaim: refusing(code, 'spec.accessModes: Required') });
    expect([refused.result, refused.status?.seed]).toEqual([result, undefined]);
    expect(ready(refused)).toMatchObject({
      holds: 'False',
      reason: 'InvalidClaim',
      message:
        'the API server refuses the PersistentVolumeClaim of spec.checkpoint.claimTemplate: spec.accessModes: Required',
    });
  });

  test.each<[string, Partial<ObjectMeta>]>([
    ['was kept', {}],
    ['was made before the operator was restarted', ownedBy('uid-of-digits')],
  ])('that %s is used', async (_, metadata) => {
    expect(ready(await taken(metadata))).toMatchObject({ holds: 'True' });
  });

  test.each<[string, Partial<ObjectMeta>, string]>([
    ['is being deleted', { deletionTimestamp: NOW }, 'is being deleted: waits until it is gone'],
    [
      'will go with the Study that this one replaces',
      ownedBy('uid-of-another'),
      'belongs to another Study, digits: waits until it is gone; delete it, or give this Study another name',
    ],
  ])('that %s is waited for, and that is said', async (_, metadata, words) => {
    const refused = await taken(metadata);
    expect(refused.result).toEqual({ afterMs: 5_000 });
    expect(ready(refused)).toMatchObject({
      holds: 'False',
      reason: 'ClaimTaken',
      message: `spec.checkpoint.claimTemplate: PersistentVolumeClaim ${name} ${words}`,
    });
  });
});
