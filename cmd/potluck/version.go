package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/potluck-chat/potluck/adapters/matrix"
)

func runVersion(_ context.Context, c *console, _ []string) error {
	encrypted := "encrypted Matrix rooms: no (a build with -tags goolm can)"
	if matrix.CanEncrypt {
		encrypted = "encrypted Matrix rooms: yes"
	}
	fmt.Fprintf(c.out, "potluck %s\n%s\n", version(), encrypted)
	return nil
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "development"
}
