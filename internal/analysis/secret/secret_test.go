package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// One detector for all tests: loading gitleaks takes 30 ms.
var detector = sync.OnceValue(func() *Detector { return NewDetector([]byte("0123456789abcdef")) })

func TestRuleOfName(t *testing.T) {
	tests := map[string]string{
		"DB_PASSWORD": RulePassword, "dbPassword": RulePassword, "spring.datasource.password": RulePassword, "PGPASSWORD": RulePassword, "MYSQL_PWD": RulePassword,
		"API_TOKEN": RuleToken, "apiKey": RuleToken, "AWS_SECRET_ACCESS_KEY": RuleToken, "client-secret": RuleToken, "SECRET_KEY_BASE": RuleToken,
		"PASSWORD_FILE": "", "TOKEN_TTL": "", "SECRET_NAME": "", "KEY": "", "MONKEY": "", "KEYBOARD": "", "PUBLIC_KEY": "", "AUTH_TOKEN_REQUIRED": "",
		"PASSWORD_MIN_LENGTH": "", "TOKEN_ENDPOINT": "", "": "", "tokenizer": "", "compass": "", "CACHE_KEY": "", "SORT_KEY": "",
	}
	for name, want := range tests {
		if got := ruleOfName(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestIsLiteral(t *testing.T) {
	for _, value := range []string{"hunter2", "s3cr3t!", "changeme", "p@ss", "12345678"} {
		if !isLiteral(value) {
			t.Errorf("%q is a literal", value)
		}
	}
	for _, value := range []string{"", "ab", "$(DB)", "${DB}", "/run/secret", "true", "********", "xxxx", "{{ .Values.p }}", "<your-token>", "vault:secret/db#p", "not set yet", "https://idp.example/token", "required"} {
		if isLiteral(value) {
			t.Errorf("%q is no literal", value)
		}
	}
}

func TestURLPasswords(t *testing.T) {
	tests := map[string]string{
		"postgres://u:p4ss@h/db": "p4ss", "amqp://u:p%40ss@h": "p%40ss", "https://host/path@x:y": "", "https://u@h": "", "http://u:$(P)@h": "",
		"a=redis://:hunter2@r:6379 b=mysql://r:hunter3@m/": "hunter2 hunter3", "mongodb+srv://u:abc@h1,h2": "abc",
	}
	for text, want := range tests {
		if got := strings.Join(urlPasswords(text), " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// redacted reads one document, redacts it and returns it with its JSON.
func redacted(t *testing.T, text string) (*snapshot.Object, string) {
	t.Helper()
	var object *snapshot.Object
	document.NewDecoder("").Decode(document.Text{File: "f.yaml", Data: []byte(text)}, func(c snapshot.Change) {
		if c.Put != nil {
			object = c.Put
		}
	})
	if object == nil {
		t.Fatalf("no object in %s", text)
	}
	detector().Redact(object)
	raw, err := object.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return object, string(raw)
}

// provider makes a string of a provider's key's shape, so that none stands here.
func provider() string { return "AKIA" + "Z7QX3KD2" + "MWN5BY4T" }

func TestRedact(t *testing.T) {
	tests := []struct {
		name, text string
		gone       []string
		paths      []model.Path
	}{
		{
			"workload",
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, annotations: {note: 'see https://u:hunter1@h/'}}\nspec: {template: {spec: {initContainers: [{name: i, args: [--password, hunter2]}], containers: [{name: c, env: [{name: DB_PASSWORD, value: hunter3}, {name: X, value: " + provider() + "}]}]}}}",
			[]string{"hunter1", "hunter2", "hunter3", provider()},
			[]model.Path{"spec.template.spec.initContainers[0].args[1]", "spec.template.spec.containers[0].env[0].value", "metadata.annotations.note", "spec.template.spec.containers[0].env[1].value"},
		},
		{
			"config map",
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {API_KEY: abcdef, app.ini: \"user = x\\npassword = hunter2\\n\", note: '" + provider() + "'}",
			[]string{"abcdef", "hunter2", provider()},
			[]model.Path{"data.API_KEY", `data["app.ini"]`, "data.note"},
		},
		{
			"custom resource",
			"apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"hunter0\":1}'}}\nspec: {auth: {password: hunter2}, list: ['mysql://u:hunter3@h/']}",
			[]string{"hunter0", "hunter2", "hunter3"},
			[]model.Path{"spec.auth.password", "spec.list[0]"},
		},
		{
			"encryption configuration",
			"apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [{aescbc: {keys: [{name: k, secret: aHVudGVyMg==}]}}]}]",
			[]string{"aHVudGVyMg"},
			[]model.Path{"resources[0].providers[0].aescbc.keys[0].secret"},
		},
		{
			"kubeconfig",
			"apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: hunter2, password: hunter3, client-key-data: aHVudGVyNA==, exec: {command: c, args: [--token=hunter5], env: []}}}]",
			[]string{"hunter2", "hunter3", "aHVudGVyNA", "hunter5"},
			[]model.Path{"users[0].user.token", "users[0].user.password", "users[0].user.client-key-data", "users[0].user.exec.args[0]"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			object, text := redacted(t, test.text)
			for _, value := range test.gone {
				if strings.Contains(text, value) {
					t.Errorf("%s is still in %s", value, text)
				}
			}
			var paths []model.Path
			for _, found := range object.Secrets {
				paths = append(paths, found.Path)
				if found.HMAC == "" || found.SizeBytes == 0 {
					t.Errorf("%+v", found)
				}
			}
			if len(paths) != len(test.paths) {
				t.Fatalf("found %v, want %v", paths, test.paths)
			}
			for i := range paths {
				if paths[i] != test.paths[i] {
					t.Errorf("found %v, want %v", paths, test.paths)
				}
			}
		})
	}
}

// Secrets are found within lines, in headers, in what is handed to drivers, and under
// the names that lists of pairs give them.
func TestRedactPlaces(t *testing.T) {
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: p%s}\nspec: {containers: [{name: c%s}]}"
	fill := func(meta, container string) string { return fmt.Sprintf(pod, meta, container) }
	const planted = "hunter2abc34"
	tests := map[string]string{
		"JSON in a variable":         fill("", `, env: [{name: CFG, value: '{"api_key": "hunter2abc34","a":1}'}]`),
		"system property":            fill("", `, env: [{name: JAVA_OPTS, value: "-Xmx1g -Ddb.password=hunter2abc34 -Dx=y"}]`),
		"connection string":          fill("", `, env: [{name: C, value: "Server=x;User Id=sa;Password=hunter2abc34;"}]`),
		"bearer token in a variable": fill("", `, env: [{name: H, value: "Bearer hunter2abc34"}]`),
		"header of a probe":          fill("", `, livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: Authorization, value: Bearer hunter2abc34}]}}`),
		"path of a probe":            fill("", `, livenessProbe: {httpGet: {port: 80, path: "/h?token=hunter2abc34"}}`),
		"argument with a header":     fill("", `, args: ["--header=Authorization: Bearer hunter2abc34"]`),
		"shell":                      fill("", `, command: [sh, -c, "export PGPASSWORD=hunter2abc34; psql"]`),
		"annotation by name":         fill(", annotations: {x.io/db-password: hunter2abc34}", ""),
		"annotation with JSON":       fill(`, annotations: {c: '{"password":"hunter2abc34"}'}`, ""),
		"JSON in a ConfigMap":        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a.json":"{\"auths\":{\"r\":{\"password\":\"hunter2abc34\"}}}"}}`,
		"driver of a volume":         "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{name: v, csi: {driver: d, volumeAttributes: {password: hunter2abc34}}}]}",
		"flexible volume":            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{name: v, flexVolume: {driver: d, options: {password: hunter2abc34}}}]}",
		"persistent volume":          "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: p}\nspec: {csi: {driver: d, volumeHandle: h, volumeAttributes: {secretKey: hunter2abc34}}}",
		"mount option":               "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: p}\nspec: {mountOptions: [\"password=hunter2abc34\"]}",
		"storage class":              "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: p}\nprovisioner: d\nparameters: {adminPassword: hunter2abc34}",
		"webhook":                    "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: p}\nwebhooks: [{name: a.b.c, clientConfig: {url: \"https://u:hunter2abc34@h/\"}}]",
		"kubeconfig's server":        "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: \"https://u:hunter2abc34@h\"}}]",
		"pair of a custom resource":  "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {env: [{name: API_KEY, value: hunter2abc34}]}",
	}
	for name, text := range tests {
		object, after := redacted(t, text)
		if strings.Contains(after, planted) || len(object.Secrets) != 1 {
			t.Errorf("%s: found %v, left %s", name, object.Secrets, after)
		}
	}
	if _, after := redacted(t, "apiVersion: v1\nkind: secret\nmetadata: {name: s}\nstringData: {a: hunter2abc34}"); strings.Contains(after, planted) {
		t.Errorf("the value of a Secret whose kind is misspelt is left in %s", after)
	}
}

// What only speaks of secrets stays as it is.
func TestRedactKeepsWords(t *testing.T) {
	for _, value := range []string{
		"Basic authentication", "Bearer token is required", "a=b&token=$TOKEN", "--password-file=/x --token=$(T)", `{"passwordSecretName":"db-credentials","secret":"${S}"}`,
		"[ $PASS == abc ]", "secretName=web-tls-2", "password=[redacted password, 9 bytes]",
	} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if object, _ := redacted(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {note: "+string(text)+"}"); len(object.Secrets) > 0 {
			t.Errorf("%s: found %v", value, object.Secrets)
		}
	}
}

// A Secret keeps its keys, sizes and fingerprints, and no value in any form.
func TestSecretKeepsNoValue(t *testing.T) {
	object, text := redacted(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter9}}\ndata: {a: aHVudGVyMg==}\nstringData: {b: hunter2, c: hunter3}")
	for _, value := range []string{"hunter", "aHVudGVyMg"} {
		if strings.Contains(text, value) {
			t.Errorf("%s is in %s", value, text)
		}
	}
	s, err := kinds.Secrets.Read(object)
	if err != nil {
		t.Fatal(err)
	}
	if s.Keys["a"].HMAC != s.Keys["b"].HMAC || s.Keys["b"].HMAC == s.Keys["c"].HMAC || s.Keys["a"].SizeBytes != 7 || s.Type != string(corev1.SecretTypeOpaque) {
		t.Errorf("%+v", s)
	}
	if object.Origin.Doc != nil {
		t.Error("the text of a Secret is kept")
	}
}

// Fingerprints are equal only under one key.
func TestFingerprintIsKeyed(t *testing.T) {
	if NewDetector([]byte("a")).Fingerprint([]byte("x")) == NewDetector([]byte("b")).Fingerprint([]byte("x")) {
		t.Error("two installations give one fingerprint")
	}
}

// Whatever is in an object, redaction ends, and what it says it took is gone.
func FuzzRedact(f *testing.F) {
	f.Add("DB_PASSWORD", "hunter2")
	f.Add("x", "postgres://u:p4ss@h/db")
	f.Add("conf.ini", "password = a\ntoken: b\n-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, name, value string) {
		raw, err := json.Marshal(map[string]any{"metadata": map[string]any{"name": "x"}, "spec": map[string]any{name: value, "list": []string{value}}})
		if err != nil {
			return
		}
		o := &snapshot.Object{Ref: model.Ref{ID: model.ID{Group: "example.com", Kind: "Thing"}}, Body: snapshot.JSON(raw)}
		detector().Redact(o)
		after, err := o.Encode()
		if err != nil || !json.Valid(after) {
			t.Fatalf("%v %s", err, after)
		}
		if len(o.Secrets) > 0 && bytes.Equal(after, raw) {
			t.Fatalf("found %v and took nothing out of %s", o.Secrets, after)
		}
	})
}

func BenchmarkRedactDeployment(b *testing.B) {
	text := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: c, image: x, env: [{name: A, value: 'http://svc:8080'}, {name: B, value: 'true'}, {name: C, value: 'a-rather-long-value-2024-with-words'}]}]}}}"
	var objects []*snapshot.Object
	for range b.N {
		document.NewDecoder("").Decode(document.Text{File: "f.yaml", Data: []byte(text)}, func(c snapshot.Change) { objects = append(objects, c.Put) })
	}
	d := detector()
	d.gitleaks()
	b.ResetTimer()
	for _, object := range objects {
		d.Redact(object)
	}
}
