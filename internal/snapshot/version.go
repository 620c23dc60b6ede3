package snapshot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Version is a minor version of Kubernetes, such as 1.36.
type Version struct{ Major, Minor int }

// ParseVersion reads "1.36", "v1.36" or "v1.36.3-gke.1"; the patch is dropped.
func ParseVersion(text string) (Version, error) {
	parts := strings.SplitN(strings.TrimPrefix(text, "v"), ".", 3)
	if len(parts) >= 2 {
		major, errMajor := strconv.Atoi(parts[0])
		minor, errMinor := strconv.Atoi(strings.TrimRight(parts[1], "+"))
		if errMajor == nil && errMinor == nil && major >= 0 && minor >= 0 {
			return Version{Major: major, Minor: minor}, nil
		}
	}
	return Version{}, fmt.Errorf("%q is no Kubernetes version: write it as 1.36", text)
}

// String renders "1.36".
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// IsZero reports whether the version is unset.
func (v Version) IsZero() bool { return v == Version{} }

// Less orders versions.
func (v Version) Less(other Version) bool {
	return v.Major < other.Major || v.Major == other.Major && v.Minor < other.Minor
}

// AtLeast reports whether v is the given minor version of Kubernetes 1 or later.
func (v Version) AtLeast(minor int) bool { return !v.Less(Version{Major: 1, Minor: minor}) }

// Settings are what holds for a whole snapshot.
type Settings struct {
	Cluster string          // name of the cluster in a fleet; empty for one cluster
	Version Version         // the version of Kubernetes to judge against
	Live    bool            // read from a running cluster: pods are real and nothing is implied
	Now     time.Time       // when certificates are judged; zero: not known
	Gates   map[string]bool `json:",omitzero"` // feature gates that are known to be set; others are as the version has them
}
