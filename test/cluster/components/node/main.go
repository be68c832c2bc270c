// Command node is one multi-call binary that holds what turns a Linux machine
// with containerd into a Kubernetes node: the kubelet, kube-proxy, CoreDNS and a
// device plugin whose GPUs do not exist. The first argument (or the name it is
// called by, through a link) picks the component; the rest are that component's
// own flags.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// Constructors, not commands: all components share global feature gates, so
// only the chosen one may be built.
var components = map[string]func() int{
	"kubelet":    func() int { return cli.Run(kubelet.NewKubeletCommand(context.Background())) },
	"kube-proxy": func() int { return cli.Run(proxy.NewProxyCommand()) },
	"coredns":    coreDNS,
	"fake-gpu":   fakeGPU,
}

func main() {
	name := filepath.Base(os.Args[0])
	if _, ok := components[name]; !ok && len(os.Args) > 1 {
		name = os.Args[1]
		os.Args = append([]string{name}, os.Args[2:]...)
	}
	run, ok := components[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: node COMPONENT [flags]; components: kubelet, kube-proxy, coredns, fake-gpu")
		os.Exit(2)
	}
	os.Exit(run())
}
