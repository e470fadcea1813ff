package state

import (
	"os"
	"strings"
)

// bootID names this run of the machine, empty where the system does not tell (it is Linux's).
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
