/** The port to a cluster, in front of a real API server. */
import { connect } from '../../operator/kube/api-server.ts';
import { clusterContract } from '../contract/cluster-contract.ts';
import { describeOnCluster } from './harness/ring.ts';

describeOnCluster('a real API server', 'controllers', (plane) => {
  clusterContract('the API server', async () => {
    const { faults, kubeconfig } = plane();
    return {
      cluster: connect({ version: '0.0.0-test', kubeconfig }),
      namespace: await plane().namespace('contract'),
      // A fresh API server remembers no history from before its start.
      ...(faults && { expire: () => faults.restartApiServer() }),
      close: async () => undefined,
    };
  });
});
