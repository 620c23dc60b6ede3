package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// expand is "expand FILE": it replaces $NAME in the file by the variable, such as
// $SOON, a day that is always ahead. A date written out would pass some day.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(file, []byte(os.Expand(ts.ReadFile(file), ts.Getenv)), 0o600))
}
