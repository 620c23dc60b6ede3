package kube

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// transient reports errors of a connection that another one may not meet.
func transient(err error) bool {
	var netError net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNREFUSED):
		return true
	case errors.As(err, &netError) && netError.Timeout():
		return true
	default:
		// golang.org/x/net/http2 is part of net/http, its error types are not exported.
		text := err.Error()
		return strings.Contains(text, "http2: ") || strings.Contains(text, "stream error") ||
			strings.Contains(text, "server closed idle connection") || strings.Contains(text, "transport connection broken") ||
			strings.Contains(text, "GOAWAY")
	}
}

// explain words the error of the first request to an API server, so that the
// reader knows what to do next.
func (c *client) explain(err error) error {
	if hint := hint(err); hint != "" {
		return fmt.Errorf("cannot read from %s: %w: %s", c.server(), err, hint)
	}
	return fmt.Errorf("cannot read from %s: %w", c.server(), err)
}

// server is the address of the API server without credentials.
func (c *client) server() string { return c.base.Redacted() }

func hint(err error) string {
	switch code := statusCode(err); {
	case code == http.StatusUnauthorized:
		return "the credentials of this context are not accepted: sign in again, their token or certificate may have expired"
	case code == http.StatusForbidden:
		return "grant the user or the group system:authenticated the ClusterRole system:discovery, without which nobody can tell what there is to read"
	case code == http.StatusTooManyRequests || code >= 500:
		return "try again when it has recovered"
	case code != 0:
		return "is this the address of a Kubernetes API server? See the server of this context in the kubeconfig"
	}
	return connectionHint(err)
}

func connectionHint(err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		alert    tls.AlertError
		dns      *net.DNSError
	)
	text := err.Error()
	switch {
	case errors.Is(err, errTimeout):
		return "is it overloaded, or does something in between hold the connection?"
	case errors.As(err, &unknown):
		return "certificate-authority-data of this context does not match the server: fetch the kubeconfig anew; if another server answers at this address, do not go on"
	case errors.As(err, &hostname):
		return "the server's certificate is for other names: correct the server of this context, or set tls-server-name in the kubeconfig"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the server's certificate, or correct this machine's clock"
	case errors.As(err, &record), strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return "what answers there does not speak TLS: correct the server of this context"
	case errors.As(err, &alert), strings.Contains(text, "remote error: tls"):
		return "the server refuses the client certificate of this context: fetch the kubeconfig anew"
	case errors.As(err, &dns):
		return "the server's name is not known here: is the VPN up, and is the server of this context right?"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "is the cluster running, and is the server of this context right? (kubectl config view --minify shows it)"
	case strings.Contains(text, "getting credentials"):
		return "the program that the kubeconfig names for signing in has failed: run it by hand to see why"
	case strings.Contains(text, "proxyconnect"):
		return "the proxy of HTTPS_PROXY or of the kubeconfig does not let this through"
	default:
		return ""
	}
}
