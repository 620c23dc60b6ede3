package sourcetest

import (
	"bytes"
	"compress/gzip"
	"testing"
)

// Gzip is a text as a compressed file holds it.
func Gzip(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	if _, err := zip.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
