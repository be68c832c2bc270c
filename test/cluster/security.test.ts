/** The admission policies of the chart, met with real tokens: what Studies' authors and trials are kept from. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPORTS_ANNOTATION } from '../../operator/api/common.ts';
import { manifest } from '../validation/study.ts';
import { installChart } from './harness/operator-process.ts';
import { connectRest, type Json, type Rest, refusalOf } from './harness/rest.ts';
import { describeOnCluster, teamOn } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const TRIAL_ACCOUNT = 'abohb-trial';

/** Rights of a role: [group, resource, verbs]. */
type Rights = readonly (readonly [string, string, readonly string[]])[];

const STUDIES: Rights = [['abohb.dev', 'studies', ['create', 'get', 'patch', 'update', 'delete']]];
const STUDIES_AND_JOBS: Rights = [...STUDIES, ['batch', 'jobs', ['create']]];
/** As careless a right as one finds. */
const PODS: Rights = [
  ['', 'pods', ['get', 'list', 'patch', 'update', 'create', 'delete']],
  ['', 'pods/status', ['patch', 'update']],
  ['', 'pods/binding', ['create']],
  ['', 'bindings', ['create']],
];

describeOnCluster('the admission policies', 'controllers', (plane) => {
  const team = teamOn(plane, 'team');
  const clients: Rest[] = [];
  beforeAll(async () => {
    await installChart(plane(), [team.namespace, 'kube-system'], {
      workloads: [{ apiGroup: 'example.org', resource: 'trainings' }],
      'admissionPolicies.exemptServiceAccounts': [{ namespace: team.namespace, name: 'controller' }],
    });
    await account('author', STUDIES_AND_JOBS);
    await account('outsider', STUDIES);
    for (const name of [TRIAL_ACCOUNT, 'another', 'controller']) await account(name, PODS);
    await untilEnforced();
  });
  afterAll(() => {
    for (const client of clients) client.close();
  });

  /** A service account of the namespace with these rights in it. */
  const account = async (name: string, rights: Rights): Promise<void> => {
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
    const metadata = { name, namespace: team.namespace };
    const rules = rights.map(([group, resource, verbs]) => ({ apiGroups: [group], resources: [resource], verbs }));
    await team.apply(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { ...rbac, kind: 'Role', metadata, rules },
      {
        ...rbac,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    );
  };
  const as = async (token: string): Promise<Rest> => {
    const client = await connectRest(plane().kubeconfigFor(token));
    clients.push(client);
    return client;
  };
  const studies = (): string => `/apis/abohb.dev/v1alpha1/namespaces/${team.namespace}/studies`;
  const study = (name: string, patch: Json = {}): Json => ({
    ...manifest(patch),
    metadata: { name, namespace: team.namespace },
  });
  /** A new policy takes the API server a moment. */
  const untilEnforced = async (): Promise<void> => {
    const outsider = await as(await plane().tokenFor(team.namespace, 'outsider'));
    const isRefused = async (): Promise<true | undefined> =>
      (await refusalOf(outsider.call('POST', `${studies()}?dryRun=All`, { body: study('probe') }))) ? true : undefined;
    await until('the policies are enforced', isRefused);
  };

  describe('on Studies', () => {
    test('refuse one whose author may not create Jobs, and say which right is missing', async () => {
      const outsider = await as(await plane().tokenFor(team.namespace, 'outsider'));
      expect(await refusalOf(outsider.call('POST', studies(), { body: study('taken') }))).toContain(
        `system:serviceaccount:${team.namespace}:outsider may not write this Study: it creates Jobs in namespace ${team.namespace}, for which its author needs the right to create jobs.batch there`,
      );
    });

    test('refuse one that would mount a Secret its author cannot reach otherwise', async () => {
      const outsider = await as(await plane().tokenFor(team.namespace, 'outsider'));
      const container = { name: 'train', image: 'train:1', volumeMounts: [{ name: 'keys', mountPath: '/keys' }] };
      const volumes = [{ name: 'keys', secret: { secretName: 'keys' } }];
      const thief = study('thief', {
        spec: { trialTemplate: { spec: { template: { spec: { containers: [container], volumes } } } } },
      });
      expect(await refusalOf(outsider.call('POST', studies(), { body: thief }))).toContain('may not write this Study');
    });

    test('take one whose author may create Jobs', async () => {
      const author = await as(await plane().tokenFor(team.namespace, 'author'));
      expect(await refusalOf(author.call('POST', studies(), { body: study('welcome') }))).toBeUndefined();
    });

    test('refuse one that has a claim made which its author may not make', async () => {
      const author = await as(await plane().tokenFor(team.namespace, 'author'));
      const greedy = study('greedy', { spec: { checkpoint: { claimTemplate: { spec: {} } } } });
      expect(await refusalOf(author.call('POST', studies(), { body: greedy }))).toContain(
        'its author needs the right to create persistentvolumeclaims',
      );
    });

    const ofKind = (name: string, apiVersion: string, kind: string): Json => {
      const ends = { success: { type: 'Done' }, failure: { type: 'Broken' } };
      return study(name, { spec: { trialTemplate: { apiVersion, kind, primaryContainer: 'train', ...ends } } });
    };

    test('refuse one whose trials are of a kind that its author may not create', async () => {
      const author = await as(await plane().tokenFor(team.namespace, 'author'));
      const body = ofKind('elsewhere', 'example.org/v1', 'Training');
      expect(await refusalOf(author.call('POST', studies(), { body }))).toContain(
        'for which its author needs the right to create trainings.example.org there',
      );
    });

    test.each([
      ['the operator makes for itself', 'abohb.dev/v1alpha1', 'Trial'],
      ['it makes for a Study that keeps checkpoints', 'v1', 'PersistentVolumeClaim'],
      ['nobody told the chart of', 'example.org.evil/v1', 'Training'],
      ['is in the group of Jobs', 'batch/v1', 'CronJob'],
    ])('refuse one whose trials are of a kind that %s, whoever writes it', async (_, apiVersion, kind) => {
      const body = ofKind('unlisted', apiVersion, kind);
      expect(await refusalOf(plane().admin.call('POST', studies(), { body }))).toContain(
        `may not write this Study: its trials are of kind ${kind} in ${apiVersion}, which is neither Job nor listed in the value workloads of the chart: list it there, or leave out apiVersion and kind for a Job`,
      );
    });

    test('take one whose trials are Jobs and say so', async () => {
      const author = await as(await plane().tokenFor(team.namespace, 'author'));
      const body = study('explicit', { spec: { trialTemplate: { apiVersion: 'batch/v1', kind: 'Job' } } });
      expect(await refusalOf(author.call('POST', studies(), { body }))).toBeUndefined();
    });

    test("refuse that somebody without the right sets another's Study going again, but not that they label it", async () => {
      const author = await as(await plane().tokenFor(team.namespace, 'author'));
      await author.call('POST', studies(), { body: study('resting', { spec: { suspend: true } }) });
      const outsider = await as(await plane().tokenFor(team.namespace, 'outsider'));
      const patch = (body: Json): Promise<string | undefined> =>
        refusalOf(outsider.call('PATCH', `${studies()}/resting`, { body }));
      expect(await patch({ spec: { suspend: false } })).toContain('may not write this Study');
      expect(await patch({ metadata: { labels: { seen: 'yes' } } })).toBeUndefined();
    });
  });

  describe('on reports', () => {
    const pods = (): string => `/api/v1/namespaces/${team.namespace}/pods`;
    const aPod = (name: string, serviceAccountName: string, labels: Json): Json => ({
      metadata: { name, labels, annotations: { kept: 'yes' } },
      spec: { serviceAccountName, containers: [{ name: 'train', image: 'train:1' }] },
    });
    /** A pod, and a client with the token that the kubelet would give it. */
    const podWith = async (name: string, serviceAccountName: string, labels: Json): Promise<Rest> => {
      const body = aPod(name, serviceAccountName, labels);
      const { metadata } = await plane().admin.call<{ metadata: { uid: string } }>('POST', pods(), { body });
      return as(await plane().tokenFor(team.namespace, serviceAccountName, { name, uid: metadata.uid }));
    };
    const trialPod = (name: string, serviceAccount = TRIAL_ACCOUNT): Promise<Rest> =>
      podWith(name, serviceAccount, { 'abohb.dev/trial': name });
    const annotate = (client: Rest, pod: string, annotations: Json): Promise<string | undefined> =>
      refusalOf(client.call('PATCH', `${pods()}/${pod}`, { body: { metadata: { annotations } } }));
    const reports = (value: number): Json => ({ [REPORTS_ANNOTATION]: `[{"epoch": 1, "val_error": ${value}}]` });

    test('let a trial write its own, again and again', async () => {
      const trial = await trialPod('honest');
      expect(await annotate(trial, 'honest', reports(0.5))).toBeUndefined();
      expect(await annotate(trial, 'honest', reports(0.4))).toBeUndefined();
    });

    test('refuse that a trial reports for another', async () => {
      const liar = await trialPod('liar');
      await trialPod('victim');
      expect(await annotate(liar, 'victim', reports(9))).toContain(
        'may only write the report of the pod that it runs in, not that of victim',
      );
    });

    test('refuse it under a service account of any other name', async () => {
      const liar = await trialPod('disguised', 'another');
      await trialPod('target');
      expect(await annotate(liar, 'target', reports(9))).toContain('may only write the report of the pod');
      expect(await annotate(liar, 'disguised', reports(1))).toBeUndefined();
    });

    test('refuse a token that belongs to no pod', async () => {
      await trialPod('plain');
      const client = await as(await plane().tokenFor(team.namespace, TRIAL_ACCOUNT));
      expect(await annotate(client, 'plain', reports(9))).toContain('may only write the report of the pod');
    });

    test('refuse that a trial changes a pod that is none of a Study', async () => {
      const trial = await trialPod('curious');
      await podWith('bystander', 'default', {});
      const image = { spec: { containers: [{ name: 'train', image: 'evil:1' }] } };
      const patch = 'application/strategic-merge-patch+json';
      expect(await refusalOf(trial.call('PATCH', `${pods()}/bystander`, { body: image, patch }))).toContain(
        'may only write the report of the pod',
      );
    });

    test.each<[string, Json]>([
      ['its image', { spec: { containers: [{ name: 'train', image: 'other:1' }] } }],
      ['its label, and with it who it reports for', { metadata: { labels: { 'abohb.dev/trial': 'winner' } } }],
      ['its owner', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'x' }] } }],
      ['a finalizer, to be there for ever', { metadata: { finalizers: ['example.org/forever'] } }],
      ['another annotation', { metadata: { annotations: { other: 'x' } } }],
      ['an annotation that is not its own, away', { metadata: { annotations: { kept: null } } }],
    ])('refuse that a trial changes %s', async (what, body) => {
      const name = `changing-${what.replace(/[^a-z]+/g, '-').replace(/-$/, '')}`.slice(0, 60);
      const trial = await trialPod(name);
      const patch = 'application/strategic-merge-patch+json';
      expect(await refusalOf(trial.call('PATCH', `${pods()}/${name}`, { body, patch }))).toContain(
        'a trial may write the annotation abohb.dev/reports of its pod and nothing else',
      );
    });

    test('refuse a flood of reports, and say what to do', async () => {
      const trial = await trialPod('flooding');
      const annotations = { [REPORTS_ANNOTATION]: 'x'.repeat(200_000) };
      expect(await annotate(trial, 'flooding', annotations)).toContain(
        'abohb.dev/reports is 200000 characters long, more than 65536: leave out reports between those that matter, or report by the log',
      );
    });

    test.each<[string, Json]>([
      ['a report', { metadata: { annotations: { [REPORTS_ANNOTATION]: '[{"epoch": 9, "val_error": 0}]' } } }],
      ['whose trial it is', { metadata: { labels: { 'abohb.dev/trial': 'winner' } } }],
      ['that it has succeeded', { status: { phase: 'Succeeded' } }],
    ])('refuse that a trial writes into the status of a pod, its own or not, %s', async (what, body) => {
      const name = `status-${what.replaceAll(' ', '-')}`;
      const liar = await trialPod(name, 'another');
      await trialPod(`${name}-other`);
      for (const pod of [name, `${name}-other`])
        expect(await refusalOf(liar.call('PATCH', `${pods()}/${pod}/status`, { body }))).toContain(
          `may not write the status of ${pod}: that is for the node it runs on`,
        );
    });

    test('refuse a report for a pod that carries no label of a trial, as those of other kinds', async () => {
      const liar = await trialPod('stranger', 'another');
      const own = await podWith('leader', 'another', { 'gang-name': 'gang-0001-1' });
      expect(await annotate(liar, 'leader', reports(9))).toContain('may only write the report of the pod');
      expect(await annotate(own, 'leader', reports(0.5))).toBeUndefined();
    });

    describe('let no service account of the namespace', () => {
      const made = async (account: string, body: Json, path = pods()): Promise<string | undefined> => {
        const client = await as(await plane().tokenFor(team.namespace, account));
        return refusalOf(client.call('POST', path, { body }));
      };

      test('make a pod that claims to be of a trial', async () => {
        const why =
          'may not make this Pod: pods that are of a trial or report for one are made by the controller of its Job';
        const forged = aPod('forged', 'another', { 'abohb.dev/trial': 'winner' });
        expect(await made('another', forged)).toContain(why);
        const unnamed = { generateName: 'forged-', labels: { 'abohb.dev/trial': 'winner' } };
        expect(await made('another', { ...forged, metadata: unnamed })).toContain(why);
        expect(await made('another', { ...forged, metadata: { name: 'x', annotations: reports(9) } })).toContain(why);
        expect(await made('another', aPod('ordinary', 'another', {}))).toBeUndefined();
      });

      test('make a pod one of a trial afterwards', async () => {
        expect(await made('another', aPod('turncoat', 'another', {}))).toBeUndefined();
        const client = await as(await plane().tokenFor(team.namespace, 'another'));
        const body = { metadata: { labels: { 'abohb.dev/trial': 'winner' } } };
        expect(await refusalOf(client.call('PATCH', `${pods()}/turncoat`, { body }))).toContain(
          'may only write the report of the pod that it runs in, not that of turncoat',
        );
      });

      test('hand a report to a pod with the node that it is bound to', async () => {
        await trialPod('unbound');
        const metadata = { name: 'unbound', annotations: reports(9) };
        const target = { apiVersion: 'v1', kind: 'Node', name: 'somewhere' };
        const binding = { apiVersion: 'v1', kind: 'Binding', metadata, target };
        for (const path of [`${pods()}/unbound/binding`, pods().replace(/pods$/, 'bindings')])
          expect(await made('another', binding, path)).toContain('may not make this Binding');
      });

      test('do so but one that is exempt', async () => {
        expect(
          await made('controller', aPod('by-controller', 'another', { 'abohb.dev/trial': 'gang' })),
        ).toBeUndefined();
      });
    });

    test('leave people and the cluster alone', async () => {
      await trialPod('inspected');
      const body = { metadata: { labels: { inspected: 'yes' } } };
      expect(await refusalOf(plane().admin.call('PATCH', `${pods()}/inspected`, { body }))).toBeUndefined();
    });

    test('leave the controller of Jobs alone, where its own service account lives as well', async () => {
      const controller = await as(await plane().tokenFor('kube-system', 'job-controller'));
      for (const namespace of [team.namespace, 'kube-system']) {
        const body = aPod('of-a-job', 'default', { 'abohb.dev/trial': 'ordinary' });
        const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
        expect(await refusalOf(controller.call('POST', path, { body }))).toBeUndefined();
      }
    });
  });
});
