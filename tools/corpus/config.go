package main

import (
	"encoding/base64"
	"fmt"
	"strings"
)

func (ns *namespace) configMap(s *store) mapping {
	var data mapping
	for _, v := range s.vars {
		data.add(v.name, pick(ns.r, v.values))
	}
	if s.kind != "" {
		data.add(s.kind, block(ns.file(s)))
	} else if !s.good {
		data.add(pick(ns.r, []string{"DB_PASSWORD", "API_SECRET"}), passphrase(ns.r))
	}
	out := m("apiVersion", "v1", "kind", "ConfigMap", "metadata", ns.meta(s.name, nil), "data", data)
	if s.good && chance(ns.r, 0.2) {
		out.add("immutable", true)
	}
	return out
}

// file is a configuration file as it lies in a ConfigMap; the bad ones hold
// credentials.
func (ns *namespace) file(s *store) string {
	r := ns.r
	secret := "${DB_PASSWORD}"
	if !s.good {
		secret = passphrase(r)
	}
	host := pick(r, ns.team.nouns) + "-db." + ns.name + ".svc"
	switch s.kind {
	case "application.yaml":
		return fmt.Sprintf("server:\n  port: 8080\n  shutdown: graceful\nspring:\n  datasource:\n    url: jdbc:postgresql://%s:5432/app\n    username: app\n    password: %s\n  jpa:\n    open-in-view: false\nmanagement:\n  endpoints:\n    web:\n      exposure:\n        include: \"%s\"\n", host, secret, pick(r, []string{"health,prometheus", "*"}))
	case "nginx.conf":
		return fmt.Sprintf("worker_processes auto;\npid /tmp/nginx.pid;\nevents { worker_connections 1024; }\nhttp {\n  server_tokens %s;\n  server {\n    listen 8080;\n    location / {\n      proxy_pass http://%s:8080;\n      proxy_set_header Host $host;\n    }\n    location /healthz { return 200; }\n  }\n}\n", pick(r, []string{"off", "on"}), host)
	case "settings.json":
		return fmt.Sprintf("{\n  \"database\": {\"host\": %q, \"user\": \"app\", \"password\": %q},\n  \"features\": {\"newCheckout\": %t, \"darkMode\": true},\n  \"limits\": {\"requestsPerSecond\": %d}\n}\n", host, secret, chance(r, 0.5), between(r, 5, 500))
	case "run.sh":
		if !s.good {
			return fmt.Sprintf("#!/bin/sh\nset -x\nexport AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\naws s3 sync /data s3://%s-backup/\n", accessKeyID(r), secretKey(r), ns.name)
		}
		return fmt.Sprintf("#!/bin/sh\nset -eu\npg_dump --host=%s --format=custom app > /backup/app.dump\naws s3 cp /backup/app.dump s3://%s-backup/\n", host, ns.name)
	}
	return fmt.Sprintf("# managed by %s\ndb.host=%s\ndb.user=app\ndb.password=%s\npool.size=%d\ncache.ttl=300\nlocale=de_DE\n", ns.team.name, host, secret, between(r, 5, 50))
}

func (ns *namespace) secret(s *store) mapping {
	meta := ns.meta(s.name, nil)
	if !s.good && s.kind == "Opaque" && len(ns.accounts) > 0 && chance(ns.r, 0.1) {
		meta.set("annotations", m("kubernetes.io/service-account.name", ns.accounts[0]))
		return m("apiVersion", "v1", "kind", "Secret", "metadata", meta, "type", "kubernetes.io/service-account-token")
	}
	out := m("apiVersion", "v1", "kind", "Secret", "metadata", meta, "type", s.kind)
	values, field := mapping{}, "data"
	if !s.good && chance(ns.r, 0.5) {
		field = "stringData"
	}
	put := func(key, value string) {
		switch {
		case field == "data":
			values.add(key, base64.StdEncoding.EncodeToString([]byte(value)))
		case strings.Contains(value, "\n"):
			values.add(key, block(value))
		default:
			values.add(key, value)
		}
	}
	ns.fill(s, put)
	out.add(field, values)
	if s.good && chance(ns.r, 0.3) {
		out.add("immutable", true)
	}
	return out
}

func (ns *namespace) fill(s *store, put func(key, value string)) {
	r := ns.r
	if s.kind == "kubernetes.io/tls" {
		cert, key := certificate(r, s.name+"."+ns.name+"."+domain, s.good)
		put("tls.crt", cert)
		put("tls.key", key)
		return
	}
	for _, key := range s.keys {
		switch key {
		case ".dockerconfigjson":
			login := "robot:" + letters(r, alnum, 24)
			put(key, fmt.Sprintf(`{"auths":{"%s":{"auth":"%s"}}}`, registry, base64.StdEncoding.EncodeToString([]byte(login))))
		case "username":
			put(key, pick(r, []string{"app", "admin", "svc-" + ns.team.name}))
		case "dsn":
			put(key, dataSource(r))
		case "token":
			_, value := token(r)
			put(key, value)
		case "api-key":
			put(key, letters(r, hexDigits, 40))
		case "signing-key":
			put(key, base64.StdEncoding.EncodeToString([]byte(letters(r, alnum, 32))))
		default:
			put(key, passphrase(r))
		}
	}
}

func (ns *namespace) claim(name string) mapping {
	class, mode := "fast-encrypted", "ReadWriteOnce"
	if !ns.good() {
		class, mode = pick(ns.r, []string{"", "standard", "nfs-shared"}), pick(ns.r, []string{"ReadWriteOnce", "ReadWriteMany"})
	}
	return m("apiVersion", "v1", "kind", "PersistentVolumeClaim", "metadata", ns.meta(name, nil),
		"spec", m("accessModes", seq{mode}, "storageClassName", class,
			"resources", m("requests", m("storage", pick(ns.r, []string{"1Gi", "5Gi", "20Gi", "100Gi"})))))
}
