/** A mutating admission webhook, played by the test: the API server asks it before it stores an object. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Rest } from './rest.ts';
import { createAuthority } from './x509.ts';

export interface WebhookOptions {
  readonly admin: Rest;
  readonly name: string;
  /** Only objects of this namespace, created there. */
  readonly namespace: string;
  readonly rule: {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly resources: readonly string[];
  };
  /** Only objects with this label. */
  readonly label: string;
  /** JSON patch (RFC 6902). */
  readonly patch: (object: unknown) => readonly unknown[];
}

export interface Webhook {
  stop(): Promise<void>;
}

interface Review {
  readonly request: { readonly uid: string; readonly object: unknown };
}

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { admin, name, namespace, rule, label, patch } = options;
  const authority = createAuthority(`${name}-authority`);
  const { certificate, key } = authority.issue({ commonName: name, usage: 'server', ipAddresses: ['127.0.0.1'] });
  const server = createServer({ cert: certificate, key }, (request, response) => {
    answer(request, response, patch).catch(() => response.destroy()); // the API server has gone away
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const webhook = {
    name: `${name}.test.abohb.dev`,
    clientConfig: {
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      caBundle: Buffer.from(authority.certificate).toString('base64'),
    },
    rules: [{ ...rule, operations: ['CREATE'] }],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    objectSelector: { matchExpressions: [{ key: label, operator: 'Exists' }] },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
  };
  const configuration = `${name}-${namespace}`;
  await admin.call('POST', CONFIGURATIONS, { body: { metadata: { name: configuration }, webhooks: [webhook] } });
  return {
    stop: async () => {
      await admin.call('DELETE', `${CONFIGURATIONS}/${configuration}`);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  patch: WebhookOptions['patch'],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { uid, object } = (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Review).request;
  const encoded = Buffer.from(JSON.stringify(patch(object))).toString('base64');
  const review = { uid, allowed: true, patchType: 'JSONPatch', patch: encoded };
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: review }));
}
