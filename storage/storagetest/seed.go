package storagetest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen soon.
const patience = 20 * time.Second

// newRand returns randomness whose seed is printed when the test fails, or given by STORAGETEST_SEED.
func newRand(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("STORAGETEST_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("STORAGETEST_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("seed: STORAGETEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
