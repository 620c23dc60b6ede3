package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// The invented company. All its names end in .example (RFC 2606).
const (
	domain   = "corp.example"
	registry = "registry." + domain
)

type team struct {
	name  string
	nouns []string
}

func teams() []team {
	return []team{
		{"payments", []string{"invoice", "ledger", "refund", "payout", "fraud"}},
		{"checkout", []string{"cart", "basket", "order", "discount", "tax"}},
		{"catalog", []string{"product", "price", "stock", "media", "review"}},
		{"search", []string{"indexer", "query", "suggest", "ranking", "crawl"}},
		{"identity", []string{"login", "session", "profile", "consent", "directory"}},
		{"logistics", []string{"parcel", "route", "depot", "carrier", "tracking"}},
		{"messaging", []string{"mail", "push", "sms", "template", "inbox"}},
		{"analytics", []string{"events", "funnel", "report", "cohort", "metric"}},
		{"mobile", []string{"gateway", "feed", "device", "flags", "assets"}},
		{"web", []string{"storefront", "landing", "blog", "sitemap", "preview"}},
		{"partners", []string{"affiliate", "feedin", "webhook", "contract", "quota"}},
		{"risk", []string{"score", "rule", "sanction", "limits", "casework"}},
		{"support", []string{"ticket", "chat", "knowledge", "callback", "survey"}},
		{"finance", []string{"booking", "payroll", "budget", "audit", "closing"}},
		{"people", []string{"hiring", "absence", "badge", "expense", "training"}},
		{"data", []string{"ingest", "warehouse", "lineage", "export", "feature"}},
		{"ml", []string{"training", "inference", "labels", "registry", "embedding"}},
		{"platform", []string{"builds", "deploys", "dns", "secrets", "quota"}},
		{"edge", []string{"proxy", "cache", "waf", "images", "video"}},
		{"iot", []string{"sensor", "firmware", "telemetry", "twin", "alarm"}},
	}
}

// roles are the second half of a workload's name, by kind.
func roles(kind string) []string {
	switch kind {
	case "StatefulSet":
		return []string{"db", "cache", "broker", "store"}
	case "DaemonSet":
		return []string{"agent", "logs", "exporter", "probe"}
	case "Job":
		return []string{"migrate", "seed", "backfill", "reindex"}
	case "CronJob":
		return []string{"cleanup", "backup", "digest", "sync", "rotate"}
	case "Pod":
		return []string{"debug", "shell", "canary", "smoke"}
	}
	return []string{"api", "web", "worker", "consumer", "admin", "gateway", "scheduler", "bff"}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// between returns a number of [lo, hi].
func between(r *rand.Rand, lo, hi int) int { return lo + r.IntN(hi-lo+1) }

const (
	hexDigits = "0123456789abcdef"
	lower     = "abcdefghijklmnopqrstuvwxyz0123456789"
	alnum     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	safe      = "bcdfghjklmnpqrstvwxz2456789" // what Kubernetes draws suffixes from
)

func letters(r *rand.Rand, alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(out)
}

func digest(r *rand.Rand) string { return "sha256:" + letters(r, hexDigits, 64) }

func version(r *rand.Rand) string {
	return fmt.Sprintf("%d.%d.%d", between(r, 0, 6), between(r, 0, 30), between(r, 0, 12))
}

// unique hands out each name once and numbers the later ones.
type unique map[string]int

func (u unique) name(base string) string {
	for {
		u[base]++
		n := u[base]
		if n == 1 {
			return base
		}
		numbered := base + "-" + strconv.Itoa(n)
		if u[numbered] == 0 {
			u[numbered] = 1
			return numbered
		}
	}
}
