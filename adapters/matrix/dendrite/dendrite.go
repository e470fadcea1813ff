//go:build tools

// Package dendrite pins the homeserver that the contract suite of adapters/matrix runs against. It
// builds nothing itself and knows nothing of Potluck: the suite runs `go build` in this folder.
package dendrite

import (
	_ "github.com/element-hq/dendrite/cmd/dendrite"
	_ "github.com/element-hq/dendrite/cmd/generate-keys"
)
