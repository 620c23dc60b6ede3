// Package report renders a scan: for people (table, markdown, html), for
// programs (json, yaml) and for the tools of others (sarif, junit).
//
// Every format is a pure function of the Scan and the Options, so the same scan
// gives the same bytes. Text that comes from the scanned objects is hostile until
// shown otherwise: each format neutralises it on its own terms (terminal escapes,
// HTML, Markdown, XML), and none of them drops a finding without saying so.
package report
