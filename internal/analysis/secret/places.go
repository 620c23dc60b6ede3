package secret

import (
	"maps"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// places collects the strings of typed objects, outside of containers and
// annotations, in which people leave secrets: what volumes hand to their drivers,
// and the URLs of webhooks. The values of maps are copies: putBack returns them.
type places struct {
	fields []field
	back   []func()
}

func placesOf(o *snapshot.Object, w *workload.Workload) *places {
	p := &places{}
	if w != nil {
		for i := range w.Spec.Volumes {
			p.volume((w.Path + ".volumes").Index(i), &w.Spec.Volumes[i].VolumeSource)
		}
	}
	switch body := o.Body.(type) {
	case *corev1.PersistentVolume:
		if csi := body.Spec.CSI; csi != nil {
			p.texts("spec.csi.volumeAttributes", csi.VolumeAttributes)
		}
		if flex := body.Spec.FlexVolume; flex != nil {
			p.texts("spec.flexVolume.options", flex.Options)
		}
		p.list("spec.mountOptions", body.Spec.MountOptions)
	case *storagev1.StorageClass:
		p.texts("parameters", body.Parameters)
		p.list("mountOptions", body.MountOptions)
	case *admissionv1.ValidatingWebhookConfiguration:
		for i := range body.Webhooks {
			p.url(model.Path("webhooks").Index(i)+".clientConfig.url", body.Webhooks[i].ClientConfig.URL)
		}
	case *admissionv1.MutatingWebhookConfiguration:
		for i := range body.Webhooks {
			p.url(model.Path("webhooks").Index(i)+".clientConfig.url", body.Webhooks[i].ClientConfig.URL)
		}
	}
	return p
}

func (p *places) volume(path model.Path, source *corev1.VolumeSource) {
	if source.CSI != nil {
		p.texts(path+".csi.volumeAttributes", source.CSI.VolumeAttributes)
	}
	if source.FlexVolume != nil {
		p.texts(path+".flexVolume.options", source.FlexVolume.Options)
	}
}

func (p *places) texts(path model.Path, texts map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		value := texts[key]
		p.fields = append(p.fields, field{path: path.Child(key), name: key, value: &value})
		p.back = append(p.back, func() { texts[key] = value })
	}
}

func (p *places) list(path model.Path, texts []string) {
	for i := range texts {
		p.fields = append(p.fields, field{path: path.Index(i), value: &texts[i]})
	}
}

func (p *places) url(path model.Path, value *string) {
	if value != nil && strings.ContainsAny(*value, "@=") {
		p.fields = append(p.fields, field{path: path, value: value})
	}
}

func (p *places) putBack() {
	for _, put := range p.back {
		put()
	}
}
