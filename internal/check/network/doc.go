// Package network holds the checks of what lets traffic in, out and between pods.
package network
