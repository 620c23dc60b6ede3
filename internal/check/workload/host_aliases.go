package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostAliases fails workloads that write names into the hosts file of their pods.
func HostAliases() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "host-aliases",
			Title:    "Pods resolve names by a hosts file of their own",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "These names are looked up nowhere else: a certificate authority, a proxy or a monitor sees another address than " +
				"the pods, and who can change the workload can send its connections elsewhere.",
			Remediation: "Use DNS: a Service of type ExternalName, or a zone of your own.",
			References:  []model.Reference{model.Docs("tasks/network/customize-hosts-file-for-pods/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if len(w.Spec.HostAliases) == 0 {
				return
			}
			failure := c.Fail("", "the hosts file of the pods gets %d addresses, %s among them", len(w.Spec.HostAliases), w.Spec.HostAliases[0].IP)
			for i := range w.Spec.HostAliases {
				alias := &w.Spec.HostAliases[i]
				failure.At((w.Path + ".hostAliases").Index(i), alias.IP+" "+strings.Join(alias.Hostnames, " "))
			}
		},
	}
}
