// Package workload holds the checks on pods and what makes them, one file each.
package workload
