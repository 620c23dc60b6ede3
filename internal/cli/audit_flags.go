package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/internal/analysis/least"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/source/auditlog"
)

// auditFlags say which audit log is read, and what of it.
type auditFlags struct {
	files []string
	since string
}

func (f *auditFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.files, "from-audit", nil, "audit logs of the API server, compressed or not; of a folder all files; - is standard input")
	flags.StringVar(&f.since, "since", "", "leave out what is older: a duration before now, as 720h, or a date, as 2026-01-31")
}

// observed is what an audit log shows.
type observed struct {
	least.Log
	gaps []model.Gap
}

// period is the time that the log covers.
func (o *observed) period() string {
	from, to := o.ends()
	if from == "" {
		return "an unknown time"
	}
	return from + " to " + to
}

// ends are the first and the last time of the period, "" where nothing has one.
func (o *observed) ends() (from, to string) {
	if o.First.IsZero() {
		return "", ""
	}
	return o.First.UTC().Format(time.RFC3339), o.Last.UTC().Format(time.RFC3339)
}

// readAudit reads the logs. What could not be read of them is a gap.
func (a *app) readAudit(ctx context.Context, f *auditFlags) (*observed, error) {
	since, err := parseSince(f.since, a.now())
	if err != nil {
		return nil, err
	}
	o := &observed{Log: least.Log{Record: &least.Record{}}}
	source := auditlog.New(auditlog.Options{Paths: f.files, Stdin: a.streams.In, Since: since})
	summary, err := source.Read(ctx, func(use *least.Use) error {
		o.Add(use)
		return nil
	}, func(gap model.Gap) { o.gaps = append(o.gaps, gap) })
	if err != nil {
		return nil, err
	}
	o.Broken = len(o.gaps) > 0
	if summary.Decided == 0 && !o.Broken {
		reason := "the log holds no request"
		if summary.Before > 0 {
			reason = fmt.Sprintf("the log holds no request since %s, and %d older events", since.UTC().Format(time.RFC3339), summary.Before)
		}
		o.gaps, o.Broken = append(o.gaps, model.Gap{Reason: reason, File: strings.Join(f.files, ", ")}), true
	}
	if o.Full() {
		o.gaps = append(o.gaps, model.Gap{Reason: fmt.Sprintf("%d requests are left out: the log holds more kinds of requests than are kept", o.Dropped)})
	}
	return o, nil
}

// parseSince reads a duration before now, or a date.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if duration, err := time.ParseDuration(text); err == nil && duration > 0 {
		return now.Add(-duration), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since: %q is no duration and no date: write 720h, 2026-01-31 or 2026-01-31T12:00:00Z", text)
}
