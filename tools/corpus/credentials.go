package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"time"
)

// The credentials look like those of the providers, and are drawn at random
// and put together here, so that none stands in this source and none is known
// to anybody.

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

func accessKeyID(r *rand.Rand) string { return "AK" + "IA" + letters(r, base32, 16) }

func secretKey(r *rand.Rand) string { return letters(r, alnum+"+/", 40) }

func token(r *rand.Rand) (name, value string) {
	switch r.IntN(5) {
	case 0:
		return "GITLAB_TOKEN", "gl" + "pat-" + letters(r, alnum, 20)
	case 1:
		return "STRIPE_API_KEY", "sk" + "_live_" + letters(r, alnum, 24)
	case 2:
		return "SLACK_WEBHOOK_URL", "https://hooks." + "slack.com/services/T" + letters(r, base32, 8) + "/B" + letters(r, base32, 8) + "/" + letters(r, alnum, 24)
	case 3:
		return "GOOGLE_API_KEY", "AI" + "za" + letters(r, alnum, 35)
	}
	part := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	return "SERVICE_JWT", part(`{"alg":"HS256","typ":"JWT"}`) + "." +
		part(fmt.Sprintf(`{"sub":"%s","iat":17%s}`, letters(r, lower, 8), letters(r, "0123456789", 8))) + "." + letters(r, alnum, 43)
}

func forgeKey(r *rand.Rand) string { return "gh" + "p_" + letters(r, alnum, 36) }

func passphrase(r *rand.Rand) string {
	word := pick(r, []string{"Winter", "Sommer", "Falcon", "Harbour", "Copper", "Meadow", "Orbit", "Pepper"})
	switch r.IntN(3) {
	case 0:
		return word + letters(r, "0123456789", 4) + pick(r, []string{"!", "#", "?", "$"})
	case 1:
		return letters(r, alnum, between(r, 10, 20))
	}
	return strings.ToLower(word) + "-" + letters(r, lower, 6)
}

func dataSource(r *rand.Rand) string {
	scheme := pick(r, []string{"postgres", "mysql", "mongodb", "amqp"})
	return scheme + "://app:" + letters(r, alnum, 14) + "@" + pick(r, []string{"db.data.svc", "10.20.4.18"}) + "/app"
}

func (c *container) variable(name, value string) bool {
	if hasEnv(c, name) {
		return false
	}
	c.env = append(c.env, m("name", name, "value", value))
	return true
}

func cloudKey(ns *namespace, w *workload, p *pod) bool {
	return p.main().variable("AWS_ACCESS_KEY_ID", accessKeyID(ns.r)) &&
		p.main().variable("AWS_SECRET_ACCESS_KEY", secretKey(ns.r))
}

func forgeToken(ns *namespace, w *workload, p *pod) bool {
	return p.main().variable(pick(ns.r, []string{"GITHUB_TOKEN", "GH_TOKEN"}), forgeKey(ns.r))
}

func password(ns *namespace, w *workload, p *pod) bool {
	return p.main().variable(pick(ns.r, []string{"DB_PASSWORD", "REDIS_PASSWORD", "ADMIN_PASSWORD", "SMTP_PASS", "POSTGRES_PASSWORD"}), passphrase(ns.r))
}

func dsn(ns *namespace, w *workload, p *pod) bool {
	return p.main().variable("DATABASE_URL", dataSource(ns.r))
}

func otherToken(ns *namespace, w *workload, p *pod) bool {
	name, value := token(ns.r)
	return p.main().variable(name, value)
}

func secretArgument(ns *namespace, w *workload, p *pod) bool {
	args, _ := p.main().args.(flow)
	p.main().args = append(args[:len(args):len(args)], "--user=admin", "--password="+passphrase(ns.r))
	return true
}

// wholeSecret puts all of a Secret into the environment.
func wholeSecret(ns *namespace, w *workload, p *pod) bool {
	for _, s := range ns.secrets {
		if s.kind == "Opaque" {
			p.main().from = append(p.main().from, m("secretRef", m("name", s.name)))
			return true
		}
	}
	return false
}

// noon is the moment from which validity is counted: no clock is read.
func noon() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// certificate is a self-signed one and its key, both PEM. It can be parsed;
// where it is not good it has expired or is valid for too long.
func certificate(r *rand.Rand, host string, good bool) (cert, key string) {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(r.Uint32())
	}
	private := ed25519.NewKeyFromSeed(seed)
	from, days := noon().AddDate(0, 0, -between(r, 1, 60)), 90
	if !good {
		from, days = noon().AddDate(-2, 0, 0), pick(r, []int{365, 7300})
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(r.Int64()), Subject: pkix.Name{CommonName: host, Organization: []string{domain}},
		NotBefore: from, NotAfter: from.AddDate(0, 0, days), DNSNames: []string{host},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	// Ed25519 signs without randomness, so the bytes are the same each time.
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	if err != nil {
		panic(err) // the template is constant but for its numbers
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", pkcs8)
}
