package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// undefinedVariables reports the references $(NAME) of a container that the kubelet
// cannot replace. It replaces those of a variable by the variables before it and by
// all of envFrom, those of command and args by all of them. Only names in capitals
// are judged: $(date) in an argument is meant for a shell.
func undefinedVariables(c *check.Case, w *workload.Workload, container *workload.Container) {
	for i := range container.Env {
		text := container.Env[i].Value
		if strings.Contains(text, "$(") {
			undefinedIn(c, w, container, text, (container.Path+".env").Index(i)+".value", i)
		}
	}
	for _, list := range [...]struct {
		field string
		texts []string
	}{{".command", container.Command}, {".args", container.Args}} {
		for i, text := range list.texts {
			if strings.Contains(text, "$(") {
				undefinedIn(c, w, container, text, (container.Path + model.Path(list.field)).Index(i), len(container.Env))
			}
		}
	}
}

// undefinedIn judges one text, which sees the first so many variables.
func undefinedIn(c *check.Case, w *workload.Workload, container *workload.Container, text string, path model.Path, seen int) {
	for rest := text; ; {
		at := strings.IndexByte(rest, '$')
		if at < 0 || at+1 >= len(rest) {
			return
		}
		rest = rest[at+1:]
		if rest[0] == '$' {
			rest = rest[1:]
			continue
		}
		name, after, closed := strings.Cut(rest, ")")
		if rest[0] != '(' || !closed {
			continue
		}
		name, rest = name[1:], after
		if !inCapitals(name) || definedVariable(c, w, container, name, seen) {
			continue
		}
		key := container.Name + "/" + name
		if failure, ok := c.Failed(key); ok {
			failure.In(container.Object, path, "$("+name+")")
			continue
		}
		c.Fail(key, "container %s uses $(%s), which is not defined there", container.Name, name).
			In(container.Object, path, "$("+name+")")
	}
}

func inCapitals(name string) bool {
	return name != "" && (name[0] < '0' || name[0] > '9') &&
		strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// definedVariable reports whether a variable is, or may be, defined: what cannot be
// read makes the verdict Unknown. What Services of the namespace define may be.
func definedVariable(c *check.Case, w *workload.Workload, container *workload.Container, name string, seen int) bool {
	for i := range container.Env[:seen] {
		if container.Env[i].Name == name {
			return true
		}
	}
	if nameOfService(name) && (w.Spec.EnableServiceLinks == nil || *w.Spec.EnableServiceLinks || strings.HasPrefix(name, "KUBERNETES_")) {
		return true
	}
	for i := range container.EnvFrom {
		from := &container.EnvFrom[i]
		key, ok := strings.CutPrefix(name, from.Prefix)
		switch {
		case !ok:
		case from.ConfigMapRef != nil:
			if object, config, presence := snapshot.Get(c.View, kinds.ConfigMaps, container.Object.Namespace, from.ConfigMapRef.Name); presence == snapshot.Present {
				if _, ok := config.Data[key]; ok || object.Partial {
					return true
				}
			} else if presence == snapshot.Undetermined {
				return true
			}
		case from.SecretRef != nil:
			if object, secret, presence := snapshot.Get(c.View, kinds.Secrets, container.Object.Namespace, from.SecretRef.Name); presence == snapshot.Present {
				if _, ok := secret.Keys[key]; ok || object.Partial {
					return true
				}
			} else if presence == snapshot.Undetermined {
				return true
			}
		}
	}
	return false
}

// nameOfService reports whether a variable looks like one that the kubelet makes of
// a Service: DB_SERVICE_HOST, DB_PORT_5432_TCP_ADDR.
func nameOfService(name string) bool {
	return strings.Contains(name, "_SERVICE_") || strings.Contains(name, "_PORT")
}
