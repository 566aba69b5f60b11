//go:build !unix

package plimsoll

// cpuMs is not told here; the reader reports it as not measured.
func cpuMs() *float64 { return nil }
