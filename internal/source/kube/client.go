package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// limits bound what one reading does to the API server and to this process.
type limits struct {
	request    time.Duration // for one request, its body included
	pageBytes  int64         // of one answer, uncompressed
	failures   int           // tries of one request that the server drops or fails
	timeouts   int           // tries of one request that the server leaves hanging
	backoff    time.Duration // before the second try; doubled for each further one
	longest    time.Duration // that the server may ask to wait before one try
	patience   time.Duration // spent waiting for one request in all
	restarts   int           // of one list whose position the server has forgotten
	emptyPages int           // one after the other, that end no list
	objects    int           // of one list
}

func defaultLimits() limits {
	return limits{
		request: 60 * time.Second, pageBytes: 32 << 20,
		failures: 4, timeouts: 2, backoff: 250 * time.Millisecond,
		longest: 30 * time.Second, patience: 2 * time.Minute,
		restarts: 3, emptyPages: 20, objects: 2_000_000,
	}
}

// client sends GET requests as a rest.Config says. It is not client-go's
// RESTClient because that one reads answers of any size and waits for as long as a
// server asks it to.
type client struct {
	http   *http.Client
	base   *url.URL
	limits limits
}

func newClient(config *rest.Config, limits limits) (*client, error) {
	config = rest.CopyConfig(config)
	config.Timeout = 0 // each request has its own
	if config.UserAgent == "" {
		config.UserAgent = "holdfast"
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("the address of the API server is no URL: %w", err)
	}
	shared, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	own := *shared
	// An API server does not redirect, and credentials go nowhere else.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{http: &own, base: base, limits: limits}, nil
}

// answer is what the server said to a request that it granted.
type answer struct {
	body        []byte
	contentType string
}

// statusError is an answer that is no 200 OK.
type statusError struct {
	code       int
	message    string
	retryAfter time.Duration
}

func (e *statusError) Error() string {
	if e.message == "" {
		return fmt.Sprintf("the API server answers %d %s", e.code, http.StatusText(e.code))
	}
	return fmt.Sprintf("the API server answers %d: %s", e.code, e.message)
}

// statusCode returns the code of a statusError, else 0.
func statusCode(err error) int {
	var status *statusError
	if errors.As(err, &status) {
		return status.code
	}
	return 0
}

// errPageTooLarge says that an answer exceeds limits.pageBytes.
var errPageTooLarge = errors.New("the answer is too large")

// errTimeout says that a request took longer than limits.request.
var errTimeout = errors.New("the API server does not answer in time")

// get sends a request, and again where it makes sense: a dropped connection and a
// failing server after a pause, a busy server when it says so. It ends as soon as
// ctx does.
func (c *client) get(ctx context.Context, path string, query url.Values, accept string) (*answer, error) {
	var waited time.Duration
	failures, timeouts := 0, 0
	for {
		answer, err := c.try(ctx, path, query, accept)
		if err == nil || ctx.Err() != nil {
			return answer, errors.Join(err, ctx.Err())
		}
		var status *statusError
		pause := c.limits.backoff << failures
		switch {
		case errors.Is(err, errPageTooLarge):
			return nil, err
		case errors.Is(err, errTimeout):
			if timeouts++; timeouts >= c.limits.timeouts {
				return nil, err
			}
		case errors.As(err, &status):
			if !status.temporary() {
				return nil, err
			}
			if status.retryAfter > c.limits.longest {
				return nil, fmt.Errorf("%w: it asks to wait %s, longer than Holdfast waits", err, status.retryAfter)
			}
			// A server that says when to come back is busy, not broken.
			if pause = max(pause, status.retryAfter); status.retryAfter == 0 {
				failures++
			}
		case !transient(err):
			return nil, err
		default:
			failures++
		}
		pause += time.Duration(rand.Int64N(int64(pause)/4 + 1))
		if waited += pause; failures >= c.limits.failures || waited > c.limits.patience {
			return nil, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

func (e *statusError) temporary() bool {
	switch e.code {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// try sends a request once.
func (c *client) try(ctx context.Context, path string, query url.Values, accept string) (*answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.limits.request, errTimeout)
	defer cancel()
	target := c.base.JoinPath(path)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.cause(ctx, err)
	}
	defer response.Body.Close()
	body, err := c.readBody(response)
	if err != nil {
		return nil, c.cause(ctx, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, failure(response, body)
	}
	return &answer{body: body, contentType: response.Header.Get("Content-Type")}, nil
}

// cause tells the request's own timeout from the end of the reading.
func (c *client) cause(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errTimeout) {
		return fmt.Errorf("%w (%s)", errTimeout, c.limits.request)
	}
	// The URL of a list is long and says nothing to the reader.
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

// readBody reads what the server sends, bounded after decompression.
func (c *client) readBody(response *http.Response) ([]byte, error) {
	var body bytes.Buffer
	if response.ContentLength > 0 {
		body.Grow(int(min(response.ContentLength, c.limits.pageBytes)) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(io.LimitReader(response.Body, c.limits.pageBytes+1)); err != nil {
		return nil, err
	}
	if int64(body.Len()) > c.limits.pageBytes {
		return nil, fmt.Errorf("%w: more than %d MiB", errPageTooLarge, c.limits.pageBytes>>20)
	}
	return body.Bytes(), nil
}

// failure reads the Status that an API server explains a refusal with. The body of
// anything else (a proxy's page) is not repeated.
func failure(response *http.Response, body []byte) *statusError {
	e := &statusError{code: response.StatusCode}
	if status := parseStatus(response.Header.Get("Content-Type"), body); status != nil {
		e.message = status.Message
		if status.Details != nil {
			e.retryAfter = time.Duration(status.Details.RetryAfterSeconds) * time.Second
		}
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		e.retryAfter = time.Duration(seconds) * time.Second
	}
	if location := response.Header.Get("Location"); location != "" && response.StatusCode/100 == 3 {
		e.message = "a redirection, which no API server sends: something else answers at this address"
	}
	return e
}

// parseStatus reads the Status of an answer, or returns nil. It comes in the form
// that was asked for.
func parseStatus(contentType string, body []byte) *metav1.Status {
	var status metav1.Status
	if media, _, err := mime.ParseMediaType(contentType); err == nil && media == mediaProtobuf {
		kind, raw, err := openEnvelope(body)
		if err != nil || kind != "Status" || status.Unmarshal(raw) != nil {
			return nil
		}
		return &status
	}
	if json.Unmarshal(body, &status) != nil || status.Kind != "Status" {
		return nil
	}
	return &status
}
