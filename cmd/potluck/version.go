package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

func runVersion(_ context.Context, c *console, _ []string) error {
	fmt.Fprintln(c.out, "potluck", version())
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
