package sanctions

import (
	"crypto/sha256"
	"encoding/binary"
)

// chance returns numbers below a bound that follow from a seed, each as likely as the others but for one in 2^48.
func chance(seed [16]byte) func(below int) int {
	sum := sha256.Sum256(append([]byte("sanctions"), seed[:]...))
	return func(below int) int {
		sum = sha256.Sum256(sum[:])
		return int(binary.BigEndian.Uint64(sum[:8]) % uint64(below))
	}
}
