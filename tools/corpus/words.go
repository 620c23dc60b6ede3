package main

import (
	"strings"
)

type setting struct {
	name   string
	values []string
}

// settings are ordinary environment variables. Several values are such that
// they are strings only because somebody quoted them.
func settings() []setting {
	return []setting{
		{"LOG_LEVEL", []string{"info", "debug", "warn", "error"}},
		{"LOG_FORMAT", []string{"json", "text", "logfmt"}},
		{"PORT", []string{"8080", "8000", "3000"}},
		{"TZ", []string{"Europe/Berlin", "UTC", "America/New_York"}},
		{"FEATURE_NEW_FLOW", []string{"true", "false", "on", "off"}},
		{"COMPRESSION", []string{"y", "n", "gzip"}},
		{"BATCH_SIZE", []string{"1e3", "500", "250"}},
		{"HTTP_TIMEOUT", []string{"30s", "5s", "1m"}},
		{"JAVA_TOOL_OPTIONS", []string{"-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError", "-Xms512m -Xmx512m"}},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", []string{"http://otel-collector.monitoring.svc:4317"}},
		{"OTEL_SERVICE_NAME", []string{"frontdoor", "core", "edge"}},
		{"KAFKA_BROKERS", []string{"kafka-0.kafka.streaming.svc:9092,kafka-1.kafka.streaming.svc:9092"}},
		{"REDIS_ADDR", []string{"redis.cache.svc:6379"}},
		{"DATABASE_HOST", []string{"postgres.data.svc", "db-rw.data.svc.cluster.local"}},
		{"DATABASE_PORT", []string{"5432"}},
		{"DATABASE_SSLMODE", []string{"verify-full", "require", "disable"}},
		{"CORS_ORIGINS", []string{"https://www." + domain + ",https://m." + domain, "*"}},
		{"GOMEMLIMIT", []string{"230MiB", "460MiB"}},
		{"SENTRY_ENVIRONMENT", []string{"production", "staging"}},
		{"MAX_CONNECTIONS", []string{"20", "50", "100"}},
		{"RELEASE", []string{"1.10", "2024-11-01", "0x1F"}},
		{"NODE_ENV", []string{"production"}},
	}
}

// tunables are the keys of ConfigMaps.
func tunables() []setting {
	return []setting{
		{"LOG_LEVEL", []string{"info", "debug"}},
		{"CACHE_TTL", []string{"300", "1e3", "60"}},
		{"REGION", []string{"eu-central-1", "us-east-1"}},
		{"CURRENCY", []string{"EUR", "NOK", "USD"}},
		{"COUNTRY", []string{"DE", "NO", "US"}},
		{"RETRY_LIMIT", []string{"3", "5"}},
		{"UPLOAD_LIMIT", []string{"20971520", "0x1400000"}},
		{"SMTP_HOST", []string{"smtp." + domain}},
		{"RATE_LIMIT", []string{"100", "20", "1_000"}},
		{"SESSION_MINUTES", []string{"30", "480"}},
		{"SEARCH_URL", []string{"http://search.search-prod.svc:8080"}},
		{"METRICS_ENABLED", []string{"true", "false", "on"}},
		{"DEFAULT_LOCALE", []string{"de_DE", "en_GB"}},
		{"QUEUE_NAME", []string{"orders", "mail", "jobs.high"}},
		{"DRY_RUN", []string{"no", "yes"}},
		{"MAINTENANCE_WINDOW", []string{"22:30", "Sun 03:00-05:00"}},
	}
}

func envName(key string) string { return strings.ToUpper(strings.ReplaceAll(key, "-", "_")) }

type backend struct {
	image, portName, path string
	port                  int
}

// backing is what a StatefulSet of that role runs.
func backing(role string) backend {
	switch role {
	case "cache":
		return backend{"redis:7.4.1", "redis", "/data", 6379}
	case "broker":
		return backend{"rabbitmq:3.13.7-management", "amqp", "/var/lib/rabbitmq", 5672}
	case "store":
		return backend{"minio:RELEASE.2024-10-29T16-01-48Z", "s3", "/export", 9000}
	}
	return backend{"postgres:16.4", "postgres", "/var/lib/postgresql/data", 5432}
}

type extra struct {
	name, tag string
	args      flow
	ports     seq
}

func extras() []extra {
	return []extra{
		{"otel-collector", "0.112.0", flow{"--config=/etc/otelcol/config.yaml"}, nil},
		{"envoy", "v1.32.1", flow{"-c", "/etc/envoy/envoy.yaml", "--log-level", "warn"}, seq{m("name", "admin", "containerPort", 9901)}},
		{"fluent-bit", "3.1.9", flow{"-c", "/fluent-bit/etc/fluent-bit.conf"}, nil},
		{"oauth2-proxy", "v7.7.1", flow{"--http-address=0.0.0.0:4180", "--upstream=http://127.0.0.1:8080"}, seq{m("name", "auth", "containerPort", 4180)}},
		{"statsd-exporter", "v0.27.2", nil, seq{m("name", "statsd", "containerPort", 9102)}},
	}
}

// image is the reference of the main container, with a tag and no digest.
func (ns *namespace) image(w *workload) string {
	switch {
	case w.kind == "StatefulSet":
		if w.good {
			return registry + "/mirror/" + backing(w.role).image
		}
		return backing(w.role).image
	case w.kind == "DaemonSet":
		return registry + "/mirror/" + pick(ns.r, []string{"node-exporter:v1.8.2", "fluent-bit:3.1.9", "otel-collector:0.112.0", "vector:0.42.0-alpine"})
	}
	return registry + "/" + ns.team.name + "/" + w.system + "-" + w.role + ":" + version(ns.r)
}

// pinned adds a digest to the reference.
func pinned(ns *namespace, ref string) string { return ref + "@" + digest(ns.r) }

// account is the service account of the product that w is a part of, or "".
func (ns *namespace) account(w *workload) string {
	if len(ns.accounts) == 0 {
		return ""
	}
	var sum int
	for _, c := range w.system {
		sum += int(c)
	}
	return ns.accounts[sum%len(ns.accounts)]
}

// selector are the labels that select the Pods of w and of nothing else.
func (ns *namespace) selector(w *workload) mapping {
	if w.good {
		return m("app.kubernetes.io/name", w.name, "app.kubernetes.io/part-of", w.system)
	}
	return m("app", w.name)
}

func (ns *namespace) labels(w *workload) mapping {
	out := append(ns.selector(w), m("team", ns.team.name)...)
	if w.good {
		out.add("app.kubernetes.io/component", w.role)
	} else if chance(ns.r, 0.5) {
		out.add("env", ns.env)
	}
	return out
}

func (ns *namespace) podAnnotations(w *workload) mapping {
	var out mapping
	if w.port > 0 && chance(ns.r, 0.25) {
		out = m("prometheus.io/scrape", "true", "prometheus.io/port", "9090", "prometheus.io/path", "/metrics")
	}
	if chance(ns.r, 0.15) {
		out.add("checksum/config", letters(ns.r, hexDigits, 64))
	}
	return out
}

// meta is metadata of an object of this namespace.
func (ns *namespace) meta(name string, labels mapping) mapping {
	var annotations mapping
	if chance(ns.r, 0.15) {
		annotations = pick(ns.r, []mapping{
			m("argocd.argoproj.io/sync-wave", pick(ns.r, []string{"-1", "0", "5"})),
			m("corp.example/runbook", "https://wiki."+domain+"/runbooks/"+name),
			m("corp.example/owner", ns.team.name+"@"+domain),
		})
	}
	if labels == nil {
		labels = m("team", ns.team.name, "app.kubernetes.io/part-of", pick(ns.r, ns.team.nouns))
	}
	return m("name", name, "namespace", ns.name, "labels", labels, "annotations", annotations)
}

// heading is the comment on top of a file, or "".
func (ns *namespace) heading(name string) string {
	if !chance(ns.r, 0.2) {
		return ""
	}
	return pick(ns.r, []string{
		"Owner: team " + ns.team.name + " (#team-" + ns.team.name + ")",
		name + " of " + ns.env + ". Changes need a review of " + ns.team.name + ".",
		"Copied from the template of the platform team.\nSee https://wiki." + domain + "/platform/manifests before you change it.",
		"TODO: move to the chart once " + ns.team.name + " has one",
	})
}
