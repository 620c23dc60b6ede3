package generate_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/generate"
)

const servers = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: i, ports: [{name: sql, containerPort: 5433}]}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: queue, namespace: mq}
spec: {serviceName: queue, selector: {matchLabels: {app: queue}}, template: {metadata: {labels: {app: queue}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.96.0.7, selector: {app: db}, ports: [{port: 5432, targetPort: sql}]}
---
apiVersion: v1
kind: Service
metadata: {name: queue, namespace: mq}
spec: {clusterIP: None, selector: {app: queue}, ports: [{name: amqp, port: 5672}, {name: web, port: 15672}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: shop}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  DB_HOST: db
  URL: amqp://queue.mq
---
apiVersion: v1
kind: ConfigMap
metadata: {name: files, namespace: shop}
data:
  app.yaml: |
    # see http://db:1234/docs
    server:
      port: 8080
    database:
      host: db
      port: 5432
    schema: http://www.w3.org/2001/XMLSchema
  app.properties: |
    queue.host=queue.mq.svc.cluster.local
    queue.port=5672
`

// What a container is told names the servers that it connects to; what only looks like
// a name does not.
func TestDeclare(t *testing.T) {
	const (
		db    = "shop/web[Deployment] to shop/db[Deployment] on TCP 5433"
		queue = "shop/web[Deployment] to mq/queue[StatefulSet] on TCP 5672"
		both  = queue + "; shop/web[Deployment] to mq/queue[StatefulSet] on TCP 15672"
	)
	tests := map[string]struct {
		container string
		want      string
		gap       string
	}{
		"URL":                    {`env: [{name: X, value: "postgres://u:p@db:5432/x?sslmode=off"}]`, db, ""},
		"default port":           {`env: [{name: X, value: "postgresql://db/x"}]`, db, ""},
		"JDBC":                   {`env: [{name: X, value: "jdbc:postgresql://db/x"}]`, db, ""},
		"host and port":          {`env: [{name: X, value: "db:5432"}]`, db, ""},
		"host, port apart":       {`env: [{name: DB_HOST, value: db}, {name: DB_PORT, value: "5432"}]`, db, ""},
		"the only port":          {`env: [{name: DB_HOST, value: db}]`, db, ""},
		"every port":             {`env: [{name: MQ_HOST, value: queue.mq}]`, both, ""},
		"Go's MySQL":             {`env: [{name: DSN, value: "u@tcp(db:5432)/x"}]`, db, ""},
		"libpq":                  {`env: [{name: DB_DSN, value: "host=db:5432 user=x"}]`, db, ""},
		"several":                {`env: [{name: BROKERS, value: "queue-0.queue.mq.svc:5672,db:5432"}]`, db + "; " + queue, ""},
		"full name":              {`args: ["--to=queue.mq.svc.cluster.local:5672"]`, queue, ""},
		"a pod of it":            {`args: ["--to", "amqp://queue-0.queue.mq.svc.cluster.local"]`, queue, ""},
		"flag and port":          {`args: ["--db-host", "db", "--db-port=5432"]`, db, ""},
		"by a variable":          {`env: [{name: H, value: db}, {name: DB_URL, value: "postgres://$(H):5432"}]`, db, ""},
		"in a script":            {"command: [sh, -c, \"set -e\\ncurl http://db:5432/x\"]", db, ""},
		"shell's variable":       {`env: [{name: T, value: "db:5432"}], command: [sh, -c, 'wget http://${T}/']`, db, ""},
		"by address":             {`env: [{name: DB_URL, value: "postgres://10.96.0.7:5432"}]`, db, ""},
		"key of a ConfigMap":     {`env: [{name: DB_HOST, valueFrom: {configMapKeyRef: {name: settings, key: DB_HOST}}}]`, db, ""},
		"all keys":               {`envFrom: [{configMapRef: {name: settings}}]`, db + "; " + queue, ""},
		"a word":                 {`env: [{name: MODE, value: db}, {name: NAME, value: "the db"}]`, "", ""},
		"a version":              {`env: [{name: IMAGE, value: "db:7"}, {name: SERVICE_VERSION, value: 1.2.3}]`, "", ""},
		"own port":               {`env: [{name: HOST, value: 0.0.0.0}, {name: PORT, value: "80"}, {name: URL, value: "http://localhost:80"}]`, "", ""},
		"no Service":             {`env: [{name: API_ADDR, value: "api:80"}]`, "", "names api, which is no Service that was supplied"},
		"no Service by its form": {`args: ["api.shop.svc:80"]`, "", "names api.shop.svc, which is no Service that was supplied"},
		"no such port":           {`env: [{name: DB_URL, value: "postgres://db:1"}]`, "", "shop/db[Service] has no port TCP 1"},
		"outside":                {`env: [{name: PAY_URL, value: "https://pay.example.com/v1"}]`, "", "names pay.example.com, outside the cluster: a NetworkPolicy names addresses only"},
		"outside by address":     {`env: [{name: PAY_URL, value: "https://203.0.113.9/v1"}]`, "shop/web[Deployment] to 203.0.113.9/32 on TCP 443", ""},
		"another name":           {`env: [{name: X, value: "http://elsewhere"}]`, "", "stands for the name db.example.com"},
		"in a Secret":            {`env: [{name: DATABASE_URL, valueFrom: {secretKeyRef: {name: s, key: url}}}]`, "", "variable DATABASE_URL is in Secret s: values of Secrets are never read"},
		"no ConfigMap":           {`envFrom: [{configMapRef: {name: none}}]`, "", "ConfigMap none, which variables come from, was not supplied"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { declares(t, test.container, "", test.want, test.gap) })
	}
	t.Run("files", func(t *testing.T) {
		declares(t, "volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, configMap: {name: files}}],", db+"; "+queue, "")
	})
}

func declares(t *testing.T, container, volumes, want, gap string) {
	t.Helper()
	text := servers + "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {" + volumes + " containers: [{name: c, image: i, " + container + "}]}}}\n"
	collector := generate.NewCollector(files(t, text).View(), generate.Options{MergeBits: generate.NoMerge})
	collector.Declare()
	result := collector.Generate()
	var got []string
	for _, connection := range result.Connections {
		if connection.Source == generate.Declared {
			got = append(got, connection.String())
		}
	}
	wanted := strings.Split(want, "; ")
	slices.Sort(got)
	slices.Sort(wanted)
	if strings.Join(got, "; ") != strings.Join(wanted, "; ") {
		t.Errorf("got %s, want %s", strings.Join(got, "; "), want)
	}
	switch {
	case gap == "" && len(result.Gaps) > 0:
		t.Errorf("gaps: %v", result.Gaps)
	case gap != "" && (len(result.Gaps) != 1 || !strings.Contains(result.Gaps[0].Reason, gap) || result.Gaps[0].File != "cluster.yaml" || result.Gaps[0].Line == 0):
		t.Errorf("gaps %v, want one that says %q", result.Gaps, gap)
	}
	if result.Certificate.Exact != generate.Proved || result.Certificate.Irredundant != generate.Proved {
		t.Errorf("%s, %s", result.Certificate.Exact, result.Certificate.Irredundant)
	}
}

const door = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
`

// Who comes in from outside is let in: from the controller that serves an Ingress where
// it is known, else from everywhere.
func TestExpose(t *testing.T) {
	const (
		inside     = "spec: {selector: {app: web}, ports: [{name: web, port: 80, targetPort: http}]}\n"
		ingress    = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: web}}}}]}}]}\n"
		controller = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx, namespace: ingress}\nspec: {selector: {matchLabels: {app: nginx}}, template: {metadata: {labels: {app: nginx}}, spec: {containers: [{name: c, image: 'registry.k8s.io/ingress-nginx/controller:v1.12.1@sha256:aa'}]}}}\n"
		route      = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web, namespace: shop}\nspec: {rules: [{backendRefs: [{name: web, port: 80}]}]}\n"
		openshift  = "---\napiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: web, namespace: shop}\nspec: {to: {kind: Service, name: web}, port: {targetPort: web}}\n"
		anyone     = "anyone to shop/web[Deployment] on TCP 8080"
	)
	tests := map[string]struct{ text, want string }{
		"inside":        {inside, ""},
		"load balancer": {strings.Replace(inside, "{selector", "{type: LoadBalancer, selector", 1), anyone},
		"node port":     {strings.Replace(inside, "{selector", "{type: NodePort, selector", 1), anyone},
		"source ranges": {strings.Replace(inside, "{selector", "{type: LoadBalancer, externalTrafficPolicy: Local, loadBalancerSourceRanges: [198.51.100.0/24], selector", 1), "198.51.100.0/24 to shop/web[Deployment] on TCP 8080"},
		"masked ranges": {strings.Replace(inside, "{selector", "{type: LoadBalancer, loadBalancerSourceRanges: [198.51.100.0/24], selector", 1), anyone},
		"ingress":       {inside + ingress, anyone},
		"controller":    {inside + ingress + controller, "ingress/nginx[Deployment] to shop/web[Deployment] on TCP 8080"},
		"gateway":       {inside + route, anyone},
		"OpenShift":     {inside + openshift, anyone},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			collector := generate.NewCollector(files(t, door+test.text).View(), generate.Options{MergeBits: generate.NoMerge})
			collector.Declare()
			result := collector.Generate()
			got := ""
			for _, connection := range result.Connections {
				if connection.Source == generate.Exposed {
					got += connection.String()
				}
			}
			if got != test.want || len(result.Gaps) > 0 || result.Certificate.Exact != generate.Proved || result.Certificate.Irredundant != generate.Proved {
				t.Errorf("got %q, want %q; gaps %v; %s, %s", got, test.want, result.Gaps, result.Certificate.Exact, result.Certificate.Irredundant)
			}
		})
	}
}
