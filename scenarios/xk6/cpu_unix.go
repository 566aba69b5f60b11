//go:build unix

package plimsoll

import (
	"syscall"
	"time"
)

// cpuMs is the processor time, user and system, that this process has used.
func cpuMs() *float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return nil
	}
	used := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	ms := float64(used) / float64(time.Millisecond)
	return &ms
}
