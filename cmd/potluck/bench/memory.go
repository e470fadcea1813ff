package bench

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
)

// peakMemory returns the most memory that this process ever held, in 10^6 bytes: the kernel's high-water
// mark where there is one to read, else what the Go runtime has asked for.
func peakMemory() float64 {
	if b, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range bytes.Lines(b) {
			fields := bytes.Fields(line)
			if len(fields) == 3 && string(fields[0]) == "VmHWM:" {
				if kib, err := strconv.ParseFloat(string(fields[1]), 64); err == nil {
					return kib * 1024 / 1e6
				}
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / 1e6
}
