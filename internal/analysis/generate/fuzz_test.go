package generate

import "testing"

// Whatever a setting holds, reading it ends, and a server has a name or an address.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{"postgres://u:p@db:5432/x", "$(A)${B}$", "[::1]:80", "a=b\n: c", "jdbc:mysql://db", "[redacted x, 1 bytes]@db:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		expanded := expand(value, map[string]string{"A": "b"})
		for _, s := range append(fileSettings(value), append(arguments([]string{value}), setting{"X_URL", expanded})...) {
			namesServer(s.name)
			for _, r := range references(s.value) {
				if !isHost(r.host) {
					t.Errorf("%q of %q is no host", r.host, s.value)
				}
			}
		}
	})
}
