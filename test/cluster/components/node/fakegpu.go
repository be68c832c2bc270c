package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

const socketName = "fake-gpu.sock"

// fakeGPU offers devices that do not exist to the kubelet, which accounts for
// them as for real ones: a container that asks for one learns its name from
// NVIDIA_VISIBLE_DEVICES and gets nothing else.
func fakeGPU() int {
	flags := flag.NewFlagSet("fake-gpu", flag.ExitOnError)
	count := flags.Int("count", 8, "number of devices")
	resource := flags.String("resource", "nvidia.com/gpu", "extended resource to offer")
	if err := flags.Parse(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	p := &plugin{}
	for i := range *count {
		p.devices = append(p.devices, &api.Device{ID: fmt.Sprintf("fake-gpu-%d", i), Health: api.Healthy})
	}
	for { // a kubelet that starts anew removes the sockets it finds, and all plugins have to register again
		if err := p.serveUntilForgotten(*resource); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		time.Sleep(time.Second)
	}
}

type plugin struct {
	api.UnimplementedDevicePluginServer
	devices []*api.Device
}

// serveUntilForgotten registers with the kubelet and serves it until the socket
// is gone from where the kubelet looks for it.
func (p *plugin) serveUntilForgotten(resource string) error {
	// The kubelet fixes this folder, whatever its --root-dir.
	socket := filepath.Join(api.DevicePluginPath, socketName)
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	defer server.Stop()
	api.RegisterDevicePluginServer(server, p)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := register(resource); err != nil {
		return err
	}
	fmt.Printf("registered %d of %s\n", len(p.devices), resource)
	for {
		select {
		case err := <-served:
			return err
		case <-time.After(time.Second):
			if _, err := os.Stat(socket); err != nil {
				return err
			}
		}
	}
}

func register(resource string) error {
	client, err := grpc.NewClient("unix://"+api.KubeletSocket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer client.Close()
	request := &api.RegisterRequest{Version: api.Version, Endpoint: socketName, ResourceName: resource}
	_, err = api.NewRegistrationClient(client).Register(context.Background(), request)
	return err
}

func (p *plugin) GetDevicePluginOptions(context.Context, *api.Empty) (*api.DevicePluginOptions, error) {
	return &api.DevicePluginOptions{}, nil
}

func (p *plugin) ListAndWatch(_ *api.Empty, stream api.DevicePlugin_ListAndWatchServer) error {
	if err := stream.Send(&api.ListAndWatchResponse{Devices: p.devices}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (p *plugin) Allocate(_ context.Context, request *api.AllocateRequest) (*api.AllocateResponse, error) {
	response := &api.AllocateResponse{}
	for _, container := range request.ContainerRequests {
		names := map[string]string{"NVIDIA_VISIBLE_DEVICES": strings.Join(container.DevicesIds, ",")}
		response.ContainerResponses = append(response.ContainerResponses, &api.ContainerAllocateResponse{Envs: names})
	}
	return response, nil
}
