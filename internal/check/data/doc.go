// Package data holds the checks on secrets, keys and storage, one file each.
package data
