package workload

// MayGainLabel reports whether running pods can have a label that their template
// lacks: one that a controller, the API server or a clustered application adds.
func MayGainLabel(key string) bool {
	return added(key) || key == "topology.kubernetes.io/zone" || key == "topology.kubernetes.io/region"
}
