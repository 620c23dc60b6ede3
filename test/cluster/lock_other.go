//go:build !unix

package cluster

import (
	"fmt"
	"runtime"
)

func lock(path string) (unlock func(), err error) {
	return nil, fmt.Errorf("%w: it is not built on %s", ErrUnavailable, runtime.GOOS)
}
