package netpol

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// A workload may reach itself where several pods of it can run.
func TestReplicated(t *testing.T) {
	workload := func(kind, spec string) string {
		version := "apps/v1"
		if kind == "CronJob" || kind == "Job" {
			version = "batch/v1"
		}
		return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: api, namespace: shop}\nspec: %s\n---\n", version, kind, spec)
	}
	const template = "template: {metadata: {labels: {app: api}}, spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}"
	hpa := func(target string, most int) string {
		return fmt.Sprintf("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h, namespace: shop}\nspec: {maxReplicas: %d, scaleTargetRef: %s}\n---\n", most, target)
	}
	keda := func(spec string) string {
		return "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: k, namespace: shop}\nspec: " + spec + "\n---\n"
	}
	one := workload("Deployment", "{replicas: 1, selector: {matchLabels: {app: api}}, "+template+"}")
	stateful := workload("StatefulSet", "{selector: {matchLabels: {app: api}}, "+template+"}")
	for name, test := range map[string]struct {
		objects string
		want    bool
	}{
		"one":                     {one, false},
		"several":                 {workload("Deployment", "{replicas: 2, selector: {matchLabels: {app: api}}, "+template+"}"), true},
		"no number":               {workload("Deployment", "{selector: {matchLabels: {app: api}}, "+template+"}"), false},
		"a node each":             {workload("DaemonSet", "{selector: {matchLabels: {app: api}}, "+template+"}"), true},
		"scaled":                  {one + hpa("{apiVersion: apps/v1, kind: Deployment, name: api}", 3), true},
		"scaled, older group":     {one + hpa("{apiVersion: extensions/v1beta1, kind: Deployment, name: api}", 3), true},
		"scaled to one":           {one + hpa("{apiVersion: apps/v1, kind: Deployment, name: api}", 1), false},
		"another is scaled":       {one + hpa("{apiVersion: apps/v1, kind: Deployment, name: apis}", 3), false},
		"another kind is scaled":  {one + hpa("{apiVersion: apps/v1, kind: StatefulSet, name: api}", 3), false},
		"StatefulSet":             {stateful, false},
		"StatefulSet, scaled":     {stateful + hpa("{apiVersion: apps/v1, kind: StatefulSet, name: api}", 3), true},
		"KEDA":                    {one + keda("{scaleTargetRef: {name: api}}"), true},
		"KEDA, to one":            {one + keda("{maxReplicaCount: 1, scaleTargetRef: {name: api}}"), false},
		"KEDA, StatefulSet":       {stateful + keda("{scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: api}}"), true},
		"KEDA, of another kind":   {stateful + keda("{scaleTargetRef: {name: api}}"), false},
		"a scaler that is broken": {one + keda("{scaleTargetRef: [api]}"), true},
		"Job":                     {workload("Job", "{"+template+"}"), false},
		"Job, parallel":           {workload("Job", "{parallelism: 2, "+template+"}"), true},
		"runs may overlap":        {workload("CronJob", "{schedule: '* * * * *', jobTemplate: {spec: {"+template+"}}}"), true},
		"one run at a time":       {workload("CronJob", "{schedule: '* * * * *', concurrencyPolicy: Forbid, jobTemplate: {spec: {"+template+"}}}"), false},
	} {
		t.Run(name, func(t *testing.T) {
			found := Model(files(t, shop+test.objects).View(), Profile{}).Find("shop", "", "api")
			if len(found) != 1 || found[0].Replicated != test.want {
				t.Errorf("%v; replicated should be %t", found, test.want)
			}
		})
	}
	t.Run("not listed", func(t *testing.T) {
		changes := decode(t, shop+one)
		for _, gk := range Kinds() {
			if gk.Kind != "HorizontalPodAutoscaler" {
				changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
			}
		}
		n := Model(snapshot.New(snapshot.Settings{Live: true}, changes...).View(), Profile{})
		if found := n.Find("shop", "Deployment", "api"); len(found) != 1 || !found[0].Replicated || len(n.Gaps()) > 0 {
			t.Errorf("%v may be scaled up; gaps: %v", found, n.Gaps())
		}
	})
}
