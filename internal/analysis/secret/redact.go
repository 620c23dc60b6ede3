package secret

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Redact takes every secret out of an object that was just read and that nobody
// else holds yet: values of Secrets, what clients left of them in annotations,
// keys in configuration files, and whatever the detectors find elsewhere.
func (d *Detector) Redact(o *snapshot.Object) {
	if meta, ok := o.Body.(metav1.Object); ok {
		dropCopies(meta)
	}
	switch body := o.Body.(type) {
	case *corev1.Secret:
		o.Body = d.secret(body)
	case *corev1.ConfigMap:
		d.configMap(o, body)
	case *apiserverv1.EncryptionConfiguration:
		d.encryption(o, body)
	case *kinds.Kubeconfig:
		d.kubeconfig(o, body)
	case *kinds.KubeadmInit:
		d.kubeadmInit(o, body)
	case *kinds.KubeadmJoin:
		d.kubeadmJoin(o, body)
	case snapshot.JSON:
		d.generic(o, body)
	case snapshot.Undecodable:
	default:
		d.typed(o)
	}
}

// dropCopies removes the annotations that hold a copy of the object, and what
// servers write that no analysis reads.
func dropCopies(meta metav1.Object) {
	annotations := meta.GetAnnotations()
	if _, ok := annotations[corev1.LastAppliedConfigAnnotation]; ok {
		delete(annotations, corev1.LastAppliedConfigAnnotation)
	}
	meta.SetManagedFields(nil)
}

func (d *Detector) secret(s *corev1.Secret) *kinds.Secret {
	clean := &kinds.Secret{
		TypeMeta: s.TypeMeta, ObjectMeta: s.ObjectMeta, Type: string(s.Type), Immutable: s.Immutable,
		Keys: make(map[string]kinds.SecretKey, len(s.Data)+len(s.StringData)),
	}
	if clean.Type == "" {
		clean.Type = string(corev1.SecretTypeOpaque)
	}
	for name, value := range s.Data {
		clean.Keys[name] = d.secretKey(value)
	}
	for name, value := range s.StringData {
		clean.Keys[name] = d.secretKey([]byte(value))
	}
	return clean
}

func (d *Detector) secretKey(value []byte) kinds.SecretKey {
	return kinds.SecretKey{
		SizeBytes: len(value), HMAC: d.Fingerprint(value), StandsIn: standsIn(strings.TrimSpace(string(value))),
		PrivateKey: privateKey(string(value)) != "", Certificate: certificate(value),
	}
}

// standsIn reports whether a value of a Secret is no secret but stands for one that
// is put in later: by a template engine, by SOPS, or by hand.
func standsIn(value string) bool {
	switch {
	case value == "", strings.HasPrefix(value, "ENC["), strings.HasPrefix(value, "vault:"), strings.HasPrefix(value, "ref+"):
		return true
	case strings.HasPrefix(value, "{{"), strings.HasPrefix(value, "${"), strings.HasPrefix(value, "$("), strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">"):
		return true
	}
	switch strings.ToLower(value) {
	case "placeholder", "todo", "redacted", "replace-me", "replace_me", "replaceme", "null", "none":
		return true
	default:
		return isMask(value)
	}
}

func (d *Detector) configMap(o *snapshot.Object, c *corev1.ConfigMap) {
	if c.Labels["owner"] == "helm" || c.Labels["OWNER"] == "TILLER" {
		delete(c.Data, "release") // a whole release, values included
	}
	names := make([]string, 0, len(c.Data))
	for name := range c.Data {
		names = append(names, name)
	}
	slices.Sort(names)
	values := make([]string, len(names))
	fields := make([]field, len(names))
	for i, name := range names {
		values[i] = c.Data[name]
		fields[i] = field{path: model.Path("data").Child(name), name: nameOfKey(name), value: &values[i]}
	}
	fields = annotationFields(fields, "metadata", c.Annotations)
	o.Secrets = d.clean(fields)
	if len(o.Secrets) == 0 {
		return
	}
	for i, name := range names {
		c.Data[name] = values[i]
	}
	setAnnotations(c.Annotations, fields[len(names):])
}

// nameOfKey is the name that a key of a ConfigMap gives its value; a file name
// does not say what the whole file is.
func nameOfKey(key string) string {
	if strings.ContainsRune(key, '.') {
		return ""
	}
	return key
}

// typed cleans what makes pods, and the annotations of everything else.
func (d *Detector) typed(o *snapshot.Object) {
	var fields []field
	w := workload.Template(o)
	if w != nil {
		for i := range w.Containers {
			fields = containerFields(fields, &w.Containers[i])
		}
		fields = annotationFields(fields, w.MetaPath, w.Meta.Annotations)
	}
	owned := len(fields)
	meta, ok := o.Body.(metav1.Object)
	if ok && (w == nil || w.MetaPath != "metadata") {
		fields = annotationFields(fields, "metadata", meta.GetAnnotations())
	}
	annotated := len(fields)
	places := placesOf(o, w)
	fields = append(fields, places.fields...)
	if len(fields) == 0 {
		return
	}
	if o.Secrets = d.clean(fields); len(o.Secrets) == 0 {
		return
	}
	if w != nil {
		setAnnotations(w.Meta.Annotations, fields[:owned])
	}
	if ok {
		setAnnotations(meta.GetAnnotations(), fields[owned:annotated])
	}
	places.putBack()
}

func containerFields(fields []field, c *workload.Container) []field {
	for i := range c.Env {
		if e := &c.Env[i]; e.Value != "" {
			fields = append(fields, field{path: (c.Path + ".env").Index(i) + ".value", name: e.Name, value: &e.Value})
		}
	}
	fields = argumentFields(fields, c.Path+".command", c.Command)
	fields = argumentFields(fields, c.Path+".args", c.Args)
	for _, probe := range []struct {
		path  model.Path
		probe *corev1.Probe
	}{{".livenessProbe", c.LivenessProbe}, {".readinessProbe", c.ReadinessProbe}, {".startupProbe", c.StartupProbe}} {
		if probe.probe != nil {
			fields = handlerFields(fields, c.Path+probe.path, probe.probe.Exec, probe.probe.HTTPGet)
		}
	}
	if c.Lifecycle != nil {
		if h := c.Lifecycle.PostStart; h != nil {
			fields = handlerFields(fields, c.Path+".lifecycle.postStart", h.Exec, h.HTTPGet)
		}
		if h := c.Lifecycle.PreStop; h != nil {
			fields = handlerFields(fields, c.Path+".lifecycle.preStop", h.Exec, h.HTTPGet)
		}
	}
	return fields
}

func handlerFields(fields []field, path model.Path, exec *corev1.ExecAction, get *corev1.HTTPGetAction) []field {
	if exec != nil {
		fields = argumentFields(fields, path+".exec.command", exec.Command)
	}
	if get != nil {
		if strings.Contains(get.Path, "=") {
			fields = append(fields, field{path: path + ".httpGet.path", value: &get.Path})
		}
		for i := range get.HTTPHeaders {
			if h := &get.HTTPHeaders[i]; h.Value != "" {
				fields = append(fields, field{path: (path + ".httpGet.httpHeaders").Index(i) + ".value", name: headerName(h.Name), value: &h.Value})
			}
		}
	}
	return fields
}

func headerName(name string) string {
	if strings.EqualFold(name, "Authorization") {
		return "token"
	}
	return name
}

// argumentFields names an argument after the flag before it: --password hunter2.
func argumentFields(fields []field, path model.Path, args []string) []field {
	for i := range args {
		name := ""
		if i > 0 && strings.HasPrefix(args[i-1], "--") && !strings.Contains(args[i-1], "=") && !strings.HasPrefix(args[i], "-") {
			name = strings.TrimLeft(args[i-1], "-")
		}
		fields = append(fields, field{path: path.Index(i), name: name, value: &args[i]})
	}
	return fields
}

// annotationFields adds the annotations that are long enough to hold a secret. The
// values are copies: setAnnotations puts them back.
func annotationFields(fields []field, meta model.Path, annotations map[string]string) []field {
	if len(annotations) == 0 {
		return fields
	}
	names := make([]string, 0, len(annotations))
	for name, value := range annotations {
		if len(value) >= 8 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		value := annotations[name]
		fields = append(fields, field{path: (meta + ".annotations").Child(name), name: nameOfAnnotation(name), value: &value})
	}
	return fields
}

// nameOfAnnotation is the name that an annotation gives its value, where it says
// password: what is called a secret or a key is mostly a reference to one.
func nameOfAnnotation(key string) string {
	name := key[strings.LastIndexByte(key, '/')+1:]
	if ruleOfName(name) != RulePassword {
		return ""
	}
	return name
}

func setAnnotations(annotations map[string]string, fields []field) {
	for _, f := range fields {
		segments, err := f.path.Segments()
		if err != nil || len(segments) < 2 || segments[len(segments)-2].Key != "annotations" {
			continue
		}
		annotations[segments[len(segments)-1].Key] = *f.value
	}
}

// generic cleans an object of a kind that is not known by type.
func (d *Detector) generic(o *snapshot.Object, raw snapshot.JSON) {
	var tree map[string]any
	if json.Unmarshal(raw, &tree) != nil {
		return
	}
	changed := dropGenericCopies(tree)
	if o.Group == "" && strings.EqualFold(o.Kind, "Secret") {
		changed = dropValues(tree) || changed
	}
	walk := &genericWalk{}
	walk.object("", tree)
	o.Secrets = d.clean(walk.fields)
	if !changed && len(o.Secrets) == 0 {
		return
	}
	for i, f := range walk.fields {
		walk.set[i](*f.value)
	}
	if clean, err := json.Marshal(tree); err == nil {
		o.Body = snapshot.JSON(clean)
	}
}

func dropGenericCopies(tree map[string]any) bool {
	meta, _ := tree["metadata"].(map[string]any)
	annotations, _ := meta["annotations"].(map[string]any)
	_, applied := annotations[corev1.LastAppliedConfigAnnotation]
	_, managed := meta["managedFields"]
	delete(annotations, corev1.LastAppliedConfigAnnotation)
	delete(meta, "managedFields")
	return applied || managed
}

// dropValues removes the values of what is a Secret but for its spelling.
func dropValues(tree map[string]any) bool {
	before := len(tree)
	maps.DeleteFunc(tree, func(key string, _ any) bool {
		return strings.EqualFold(key, "data") || strings.EqualFold(key, "stringData")
	})
	return len(tree) < before
}

// genericWalk collects the strings of a JSON tree, sorted by path, each with the
// function that puts it back.
type genericWalk struct {
	fields []field
	set    []func(string)
}

func (w *genericWalk) object(path model.Path, tree map[string]any) {
	names := make([]string, 0, len(tree))
	for key := range tree {
		names = append(names, key)
	}
	slices.Sort(names)
	for _, key := range names {
		name := key
		if variable, ok := tree["name"].(string); ok && key == "value" {
			name = variable // as in a container's env
		}
		w.value(path.Child(key), name, tree[key], func(s string) { tree[key] = s })
	}
}

func (w *genericWalk) value(path model.Path, name string, value any, set func(string)) {
	switch v := value.(type) {
	case string:
		if len(v) >= 3 {
			w.fields = append(w.fields, field{path: path, name: name, value: &v})
			w.set = append(w.set, set)
		}
	case map[string]any:
		w.object(path, v)
	case []any:
		for i := range v {
			w.value(path.Index(i), "", v[i], func(s string) { v[i] = s })
		}
	}
}
