//go:build unix

package cluster

import (
	"fmt"
	"os"
	"syscall"
)

// lock waits for the lock file at path and holds it until unlock. The kernel
// gives it up with the process, so a killed holder blocks nobody.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("flock %s: %w", path, err)
	}
	return func() { file.Close() }, nil
}
