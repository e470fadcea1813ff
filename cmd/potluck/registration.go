package main

import (
	"context"
	"fmt"

	"github.com/potluck-chat/potluck/adapters/matrix"
)

// runRegistration prints an application service's registration for the bot in the config, with new secrets:
// for the homeserver, and for matrix.appservice.
func runRegistration(_ context.Context, c *console, args []string) error {
	f := c.flags("registration")
	load := c.config(f)
	if err := parse(f, args); err != nil {
		return err
	}
	config, err := load()
	if err != nil {
		return err
	}
	if config.Matrix.UserID == "" {
		return &usageError{"set matrix.user_id in the config first: the registration is for that account"}
	}
	text, err := matrix.NewRegistration(config.Matrix.UserID, "")
	if err != nil {
		return fmt.Errorf("make registration: %w", err)
	}
	fmt.Fprint(c.out, text)
	return nil
}
