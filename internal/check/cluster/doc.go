// Package cluster holds the checks on the control plane, on nodes and on how a
// cluster as a whole is set up, one file each.
package cluster
