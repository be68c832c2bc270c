/** The Helm chart, in front of a real API server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../../operator/config.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { chartValues, type Programs, programsFor } from './harness/programs.ts';
import { connectRest, type Json } from './harness/rest.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const CHART = join(import.meta.dirname, '../../charts/abohb');
const CRDS = ['studies.abohb.dev', 'trials.abohb.dev'];

const STUDY = `
apiVersion: abohb.dev/v1alpha1
kind: Study
metadata: {name: kept}
spec:
  objective: {metric: val_error, goal: Minimize}
  resource: {name: epoch, min: 1, max: 9}
  parameters: [{name: lr, float: {min: 1.0e-4, max: 1, scale: Log}}]
  parallelism: 1
  limits: {maxTrials: 1}
  trialTemplate:
    primaryContainer: train
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: train, image: example.org/train:1, args: ["--lr=$(parameters.lr)"]}]
`;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Record<string, string>;
  };
  readonly rules?: readonly Rule[];
  readonly spec?: { readonly template?: { readonly metadata: object; readonly spec: object } };
}

describeOnCluster('the chart', 'controllers', (plane) => {
  let programs: Programs;
  /** Where releases go, one after the other: the definitions they leave behind belong to it. */
  let system: string;
  beforeAll(async () => {
    programs = await programsFor(plane().kubeconfig);
    system = await plane().namespace('system');
  });

  const render = (values: Json = {}, namespace = 'abohb-system'): Promise<string> =>
    programs.helm(['template', 'abohb', CHART, '--namespace', namespace, ...chartValues(values)]);
  const manifests = async (values?: Json): Promise<Manifest[]> =>
    parseAllDocuments(await render(values)).map((document) => document.toJS() as Manifest);
  const uninstall = (): Promise<string> => programs.helm(['uninstall', 'abohb', '--namespace', system]);
  /** Resolves when Studies are served. */
  const install = async (values: Json = {}): Promise<void> => {
    await programs.helm(['upgrade', '--install', 'abohb', CHART, '--namespace', system, ...chartValues(values)]);
    for (const plural of ['studies', 'trials'])
      await until(`${plural} are served`, () => plane().admin.call('GET', `/apis/abohb.dev/v1alpha1/${plural}`));
  };

  test('tells the operator its own image, for sidecars', async () => {
    const [deployment] = (await manifests({ image: { repository: 'lab/abohb', tag: '7' } })).filter(
      ({ kind }) => kind === 'Deployment',
    );
    expect(deployment?.spec?.template?.spec).toMatchObject({
      containers: [
        { image: 'lab/abohb:7', env: expect.arrayContaining([{ name: 'ABOHB_IMAGE', value: 'lab/abohb:7' }]) },
      ],
    });
  });

  test('every level of the log that the values may name is one that the operator takes', () => {
    const { enum: levels } = (schema()['properties'] as Record<string, { enum: string[] }>)['logLevel'] ?? { enum: [] };
    expect(levels).toContain('trace');
    for (const level of levels) expect(readConfig({ ABOHB_LOG_LEVEL: level }, 'it')).toMatchObject({ logLevel: level });
  });

  test('each release has a Lease of its own: a second one beside it works, too', async () => {
    const rendered = await manifests({ fullnameOverride: 'second' });
    const deployment = rendered.find(({ kind }) => kind === 'Deployment');
    const env = expect.arrayContaining([{ name: 'ABOHB_LEASE_NAME', value: 'second' }]);
    expect(deployment?.spec?.template?.spec).toMatchObject({ containers: [{ env }] });
    const rules = rendered.flatMap(({ rules = [] }) => rules).filter(({ resources }) => resources.includes('leases'));
    expect(rules.map(({ verbs, resourceNames }) => [verbs, resourceNames])).toEqual([
      [['get', 'update'], ['second']],
      [['create'], undefined],
    ]);
  });

  test('passes helm lint', async () => {
    await expect(programs.helm(['lint', '--strict', CHART])).resolves.toContain('0 chart(s) failed');
  });

  test.each<[string, Json]>([
    ['its defaults', {}],
    ['namespaced mode', { namespaces: ['default'] }],
    ['three replicas and a budget', { replicas: 3, podDisruptionBudget: { enabled: true, maxUnavailable: '50%' } }],
    [
      'an image by digest from a private registry',
      {
        image: { digest: `sha256:${'0'.repeat(64)}` },
        imagePullSecrets: [{ name: 'registry' }],
      },
    ],
    [
      'everything optional switched off',
      {
        'crds.install': false,
        rbac: { create: false, aggregateToUsers: false },
        serviceAccount: { create: false },
        'admissionPolicies.enabled': false,
        'metrics.service.enabled': false,
      },
    ],
    [
      'everything optional of a pod',
      {
        podLabels: { team: 'search' },
        podAnnotations: { note: 'x' },
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        tolerations: [{ operator: 'Exists' }],
        priorityClassName: 'system-cluster-critical',
        extraEnv: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=768' }],
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
        ],
      },
    ],
  ])('rendered with %s is accepted by the API server', async (_, values) => {
    const namespace = await plane().namespace('chart');
    const rendered = await render(values, namespace);
    await programs.kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], rendered);
  });

  test.each<[string, Json, string]>([
    ['a typo', { replcas: 2 }, "additional properties 'replcas' not allowed"],
    ['a typo further down', { 'crds.instal': true }, "additional properties 'instal' not allowed"],
    [
      'a level that is none',
      { logLevel: 'loud' },
      "'/logLevel': value must be one of 'trace', 'debug', 'info', 'warn', 'error'",
    ],
    ['a namespace that is none', { namespaces: ['Team_A'] }, "'/namespaces/0'"],
    [
      'a ServiceMonitor without a Service',
      {
        'metrics.service.enabled': false,
        'metrics.serviceMonitor.enabled': true,
      },
      'metrics.serviceMonitor.enabled needs metrics.service.enabled',
    ],
  ])('refuses %s in the values', async (_, values, message) => {
    await expect(render(values)).rejects.toThrow(message);
  });

  test('a ServiceMonitor asks for the metrics that the Service has', async () => {
    const rendered = await manifests({ 'metrics.serviceMonitor.enabled': true });
    expect(rendered.find(({ kind }) => kind === 'ServiceMonitor')).toMatchObject({
      spec: { endpoints: [{ port: 'http', path: '/metrics' }] },
    });
  });

  test('every value has a default, a description and a type', () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Json;
    const { global: _, ...properties } = schema()['properties'] as Record<string, Json>;
    expect(Object.keys(properties).sort()).toEqual(Object.keys(values).sort());
    for (const property of Object.values(properties))
      expect(property).toMatchObject({ description: expect.any(String) });
  });

  test.each<[string, Json]>([
    ['cluster', {}],
    ['namespaced', { namespaces: ['default', 'kube-public'] }],
  ])(
    'in %s mode no rule has a wildcard, reads a Secret or reaches beyond what the operator does',
    async (_, values) => {
      const rules = (await manifests(values)).flatMap((manifest) => manifest.rules ?? []);
      const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
      expect(words).not.toContain('*');
      expect([...new Set(rules.flatMap(({ resources }) => resources))].sort()).toEqual([
        'events',
        'jobs',
        'leases',
        'persistentvolumeclaims',
        'pods',
        'pods/log',
        'studies',
        'studies/finalizers',
        'studies/status',
        'trials',
        'trials/finalizers',
        'trials/status',
        'workloads',
      ]);
      const ofWorkloads = rules.filter(({ resources }) => resources.includes('workloads'));
      const asked = ofWorkloads.flatMap(({ apiGroups, verbs }) => [...apiGroups, ...verbs]);
      expect([...new Set(asked)]).toEqual(['kueue.x-k8s.io', 'list']);
      const ofClaims = rules.filter(({ resources }) => resources.includes('persistentvolumeclaims'));
      expect([...new Set(ofClaims.flatMap(({ verbs }) => verbs))]).toEqual(['create', 'get']);
      const ofEvents = rules.filter(({ resources }) => resources.includes('events')).flatMap(({ verbs }) => verbs);
      expect([...new Set(ofEvents)]).toEqual(['get', 'list', 'create', 'patch']);
    },
  );

  test('namespaced mode gives no rights in the cluster', async () => {
    const rendered = await manifests({ namespaces: ['default'], 'rbac.aggregateToUsers': false });
    expect(rendered.map(({ kind }) => kind).filter((kind) => kind.startsWith('Cluster'))).toEqual([]);
  });

  test('installed for one namespace, the operator may work there and nowhere else, and read no Secret', async () => {
    const [team, other] = [await plane().namespace('team'), await plane().namespace('other')];
    await install({ namespaces: [team] });
    const operator = await connectRest(plane().kubeconfigFor(await plane().tokenFor(system, 'abohb')));
    try {
      const trials = (namespace: string): string => `/apis/abohb.dev/v1alpha1/namespaces/${namespace}/trials`;
      await expect(operator.call('GET', trials(team))).resolves.toMatchObject({ items: [] });
      await expect(operator.call('GET', trials(other))).rejects.toMatchObject({ status: 403 });
      await expect(operator.call('GET', '/apis/abohb.dev/v1alpha1/trials')).rejects.toMatchObject({ status: 403 });
      await expect(operator.call('GET', `/api/v1/namespaces/${team}/secrets`)).rejects.toMatchObject({ status: 403 });
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${system}/leases`;
      await expect(operator.call('GET', `${leases}/abohb`)).rejects.toMatchObject({ status: 404 });
      await expect(operator.call('GET', `${leases}/second`)).rejects.toMatchObject({ status: 403 });
    } finally {
      operator.close();
      await uninstall();
    }
  });

  test('installed, upgraded, uninstalled and installed again, it keeps the definitions and every Study', async () => {
    const team = await plane().namespace('team');
    const uids = (): Promise<string[]> =>
      Promise.all(
        [
          ...CRDS.map((name) => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`),
          `/apis/abohb.dev/v1alpha1/namespaces/${team}/studies/kept`,
        ].map(async (path) => (await plane().admin.call<{ metadata: { uid: string } }>('GET', path)).metadata.uid),
      );
    await install();
    await programs.kubectl(['create', '--namespace', team, '-f', '-'], STUDY);
    const before = await uids();
    await install({ replicas: 2 });
    await uninstall();
    expect(await uids()).toEqual(before);
    await install();
    expect(await uids()).toEqual(before);
    await uninstall();
  });

  test("the operator's pod passes the restricted pod security standard", async () => {
    const namespace = await plane().namespace('restricted');
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await plane().admin.call('PATCH', `/api/v1/namespaces/${namespace}`, { body: { metadata: { labels } } });
    const deployment = (await manifests()).find(({ kind }) => kind === 'Deployment');
    const spec = { ...deployment?.spec?.template?.spec, serviceAccountName: 'default' };
    const pod = { metadata: { name: 'operator' }, spec };
    await expect(
      plane().admin.call('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, { body: pod }),
    ).resolves.toMatchObject({ metadata: { name: 'operator' } });
  });

  test('whoever may edit a namespace may write its Studies, whoever may view it may see them', async () => {
    const team = await plane().namespace('team');
    await install();
    for (const role of ['view', 'edit']) await bind(plane(), team, role);
    const may = (role: string, verb: string, resource: string): Promise<boolean> =>
      isAllowed(plane(), `system:serviceaccount:${team}:${role}`, {
        namespace: team,
        verb,
        group: 'abohb.dev',
        resource,
      });
    await until('the roles are aggregated', () => may('edit', 'create', 'studies'));
    expect(await may('view', 'list', 'trials')).toBe(true);
    expect(await may('view', 'create', 'studies')).toBe(false);
    expect(await may('edit', 'create', 'trials')).toBe(false);
    await uninstall();
  });
});

function schema(): Json {
  return JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Json;
}

/** A service account of the built-in role's name, with that role in the namespace. */
async function bind({ admin }: ControlPlane, namespace: string, role: string): Promise<void> {
  const metadata = { name: role };
  await admin.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { body: { metadata } });
  await admin.call('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    body: {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: role, namespace }],
    },
  });
}

async function isAllowed({ admin }: ControlPlane, user: string, resourceAttributes: Json): Promise<boolean> {
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const body = { spec: { user, resourceAttributes } };
  return (await admin.call<{ status: { allowed: boolean } }>('POST', path, { body })).status.allowed;
}
