package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
)

// auditLogMustKeep demands that a limit of the audit log's files is not below a
// number. 0 is no limit, and until 1.35 the default (a size of 0 is 100 MB).
func auditLogMustKeep(flag string, least int, does string) func(*check.Case) {
	return eachComponent(controlplane.APIServer, func(s subject) {
		path, ok := s.known("audit-log-path")
		if !ok {
			return
		}
		if path.Value == "" || path.Value == "-" {
			s.c.Skip()
			return
		}
		limit, ok := s.known(flag)
		if !ok {
			return
		}
		number, err := strconv.Atoi(limit.Value)
		switch {
		case err != nil:
			s.c.Unknown()
		case number > 0 && number < least:
			fix(s.fail(limit, "%s", does), limit, 1, least)
		}
	})
}
