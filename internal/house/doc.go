// Package house holds the test of the house plan: which package may import which.
package house
