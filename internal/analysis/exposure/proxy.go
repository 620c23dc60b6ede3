package exposure

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
)

// controllerPods are the workloads that run a controller of Ingresses, told by their
// images; none where no such image is known.
func (b *builder) controllerPods(controller string) []*workload.Workload {
	var runs func(image string) bool
	switch controller {
	case IngressNginx:
		runs = func(image string) bool { return strings.Contains(image, "ingress-nginx/controller") }
	case "traefik.io/ingress-controller":
		runs = func(image string) bool { return imageName(image) == "traefik" }
	default:
		return nil
	}
	if known, ok := b.controllers[controller]; ok {
		return known
	}
	var list []*workload.Workload
	for _, w := range workload.All(b.v) {
		for i := range w.Containers {
			if w.Object.Kind != "PodTemplate" && runs(w.Containers[i].Image) {
				list = append(list, w)
				break
			}
		}
	}
	b.controllers[controller] = list
	return list
}

// imageName is the last part of an image's repository.
func imageName(image string) string {
	image, _, _ = strings.Cut(image, "@")
	image = image[strings.LastIndexByte(image, '/')+1:]
	name, _, _ := strings.Cut(image, ":")
	return name
}

// gatewayLabel is what implementations label the pods with that they make for a
// Gateway (https://gateway-api.sigs.k8s.io/geps/gep-1762/).
const gatewayLabel = "gateway.networking.k8s.io/gateway-name"
