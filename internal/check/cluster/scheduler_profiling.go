package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// SchedulerProfiling fails schedulers with profiling on, which is the default.
// With a configuration file the file decides.
func SchedulerProfiling() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "scheduler-profiling",
			Title:    "Scheduler serves profiles of itself",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Profiles at /debug/pprof show what the process does and holds, down to memory addresses and command lines, and " +
				"taking one costs time that the control plane needs. Nobody needs them in normal operation.",
			Remediation: "Set --profiling=false, or enableProfiling: false in the KubeSchedulerConfiguration.",
			References:  []model.Reference{model.CIS("1.4.1"), model.CWE("CWE-489"), model.Docs("reference/command-line-tools-reference/kube-scheduler/")},
		},
		On:   append(controlplane.Kinds(), "kubescheduler.config.k8s.io/KubeSchedulerConfiguration"),
		Only: &configuring,
		Run: func(c *check.Case) {
			if c.Object.Kind != "KubeSchedulerConfiguration" {
				flagMustBe(controlplane.Scheduler, "profiling", false, 1, "serves profiles of itself")(c)
				return
			}
			config, err := kinds.KubeSchedulerConfigurations.Read(c.Object)
			switch {
			case err != nil:
				c.Unknown()
			case config.EnableProfiling == nil || *config.EnableProfiling:
				c.Fail("", "the scheduler serves profiles of itself").At("enableProfiling", config.EnableProfiling).
					Fix(1, "Set enableProfiling to false", check.Set(c.Object, "enableProfiling", false))
			}
		},
	}
}
