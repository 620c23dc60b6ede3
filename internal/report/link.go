package report

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// link is the stable public page of a reference, or "" where there is none that
// can be named from the id alone.
func link(r model.Reference) string {
	switch r.Catalogue {
	case "MITRE":
		if !regexp.MustCompile(`^T\d{4}(\.\d{3})?$`).MatchString(r.ID) {
			return ""
		}
		return "https://attack.mitre.org/techniques/" + strings.ReplaceAll(r.ID, ".", "/") + "/"
	case "CWE":
		digits, ok := strings.CutPrefix(r.ID, "CWE-")
		if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
			return ""
		}
		return "https://cwe.mitre.org/data/definitions/" + digits + ".html"
	case "PSS":
		return "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
	case "Kubernetes":
		page, fragment, _ := strings.Cut(r.ID, "#")
		u := url.URL{Scheme: "https", Host: "kubernetes.io", Path: "/docs/" + strings.TrimPrefix(page, "/"), Fragment: fragment}
		return u.String()
	case "KEP":
		digits := strings.TrimPrefix(r.ID, "KEP-")
		if digits == "" || strings.Trim(digits, "0123456789") != "" {
			return ""
		}
		return "https://kep.k8s.io/" + digits
	case "NSA":
		return "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF"
	case "CIS":
		return "https://www.cisecurity.org/benchmark/kubernetes"
	default:
		return ""
	}
}

// label is how a reference is written: "CIS 5.2.2", "CWE-250", "MITRE T1611".
func label(r model.Reference) string {
	if strings.HasPrefix(r.ID, r.Catalogue) {
		return r.ID
	}
	if r.Catalogue == "Kubernetes" {
		page, _, _ := strings.Cut(r.ID, "#")
		return "Kubernetes: " + path.Base(page)
	}
	return r.Catalogue + " " + r.ID
}
