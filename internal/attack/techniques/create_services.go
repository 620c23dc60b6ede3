package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// CreateServices is to take over what pods send to an address of one's choice.
func CreateServices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-services", Title: "Create services with external addresses", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "A Service may claim any address as an external one: every node then sends what is meant for it to the endpoints of the Service. Who writes " +
				"Services reads and answers what the pods of the whole cluster say to a host outside, a DNS server or a registry.",
			Remediation: "Run the admission plugin DenyServiceExternalIPs, which nothing but a bare-metal load balancer of old needs off; let no one set " +
				"spec.externalIPs by an admission policy where it must be.",
			References: []model.Reference{
				model.MITRE("T1557"), {Catalogue: "CVE", ID: "CVE-2020-8554"}, model.Docs("concepts/services-networking/service/#external-ips"), model.Docs("reference/access-authn-authz/admission-controllers/#denyserviceexternalips"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Resource: "services"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: createServices,
	}
}

func createServices(c *attack.Case) {
	found := sites(c, snapshot.GroupKind{Kind: "Service"})
	if len(found) == 0 {
		return
	}
	b, known := found[0].basis, false
	for _, server := range controlplane.All(c.View, controlplane.APIServer) {
		plugin := server.Admission("DenyServiceExternalIPs")
		if plugin.On {
			return
		}
		known = plugin.Known
	}
	if !known {
		b.unread = append(b.unread, "the API server runs without the admission plugin DenyServiceExternalIPs; its arguments were not read")
	}
	b.yields(c, attack.Integrity, attack.In("", "Pod", ""), "kube-proxy, or what stands in for it, serves external addresses")
}
