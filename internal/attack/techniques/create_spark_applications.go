package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateSparkApplications is to run pods through the Spark operator.
func CreateSparkApplications() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-spark-applications", Title: "Create or change Spark applications", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A SparkApplication says which image its driver and executors run, as which account, with which volumes, and may hold whole pod templates for " +
				"them. The pod runs as any account of the namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://www.kubeflow.org/docs/components/spark-operator/user-guide/writing-sparkapplication/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "sparkoperator.k8s.io", Resource: "sparkapplications"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("sparkapplications.sparkoperator.k8s.io", "SparkApplication"),
	}
}
