package breakouts

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGroupsOfSixToTenFitEveryNumberButEleven(t *testing.T) {
	for n := 1; n <= 1000; n++ {
		got, ok := sizes(n, 6, 10)
		if !ok {
			if n != 11 {
				t.Errorf("%d people cannot be split", n)
			}
			continue
		}
		if n < 6 {
			if diff := cmp.Diff([]int{n}, got); diff != "" {
				t.Error(diff)
			}
			continue
		}
		checkEven(t, n, 6, 10, got)
	}
	if _, ok := sizes(11, 6, 10); ok {
		t.Error("eleven people can be split")
	}
	large, small := otherwise(11, 6)
	if diff := cmp.Diff([][]int{{11}, {6, 5}}, [][]int{large, small}); diff != "" {
		t.Error(diff)
	}
}

func checkEven(t *testing.T, n, low, high int, got []int) {
	t.Helper()
	sum := 0
	for _, size := range got {
		sum += size
		if size < low || size > high {
			t.Errorf("%d people, %d to %d: %v", n, low, high, got)
		}
	}
	if sum != n || slices.Max(got)-slices.Min(got) > 1 {
		t.Errorf("%d people, %d to %d: %v", n, low, high, got)
	}
}

func TestGroupsOfAnySizeAreEven(t *testing.T) {
	for low := leastLow; low <= 12; low++ {
		for high := low; high <= 15; high++ {
			for n := low; n <= 120; n++ {
				possible := false
				for k := 1; k <= n; k++ {
					possible = possible || n/k >= low && (n+k-1)/k <= high
				}
				got, ok := sizes(n, low, high)
				if ok != possible {
					t.Fatalf("%d people, %d to %d: %v", n, low, high, ok)
				}
				if ok {
					checkEven(t, n, low, high, got)
				}
			}
		}
	}
}

// total is what some groups cost.
func total(groups [][]int, cost [][]int) int {
	sum := 0
	for _, g := range groups {
		for i, a := range g {
			for _, b := range g[i+1:] {
				sum += cost[a][b]
			}
		}
	}
	return sum
}

// cheapest tries all ways to put people into groups.
func cheapest(sizes []int, cost [][]int) int {
	groups := make([][]int, len(sizes))
	best := -1
	var put func(who, sum int)
	put = func(who, sum int) {
		if best >= 0 && sum >= best {
			return
		}
		if who == len(cost) {
			best = sum
			return
		}
		for g := range groups {
			if len(groups[g]) == sizes[g] {
				continue
			}
			more := 0
			for _, other := range groups[g] {
				more += cost[who][other]
			}
			groups[g] = append(groups[g], who)
			put(who+1, sum+more)
			groups[g] = groups[g][:len(groups[g])-1]
		}
	}
	put(0, 0)
	return best
}

func TestNoMixIsBetter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		n := 4 + r.IntN(7)
		split := even(n, 2+r.IntN(n/2-1))
		cost := make([][]int, n)
		for i := range cost {
			cost[i] = make([]int, n)
		}
		for a := range cost {
			for b := range a {
				x := r.IntN(5)
				if r.IntN(8) == 0 {
					x = unwanted
				}
				cost[a][b], cost[b][a] = x, x
			}
		}
		var seed [16]byte
		seed[3] = byte(r.IntN(256))
		got := mixed(split, cost, newDice(seed))
		if got, want := total(got, cost), cheapest(split, cost); got != want {
			t.Errorf("%d people in %v: groups cost %d, others would cost %d", n, split, got, want)
		}
		if diff := cmp.Diff(got, mixed(split, cost, newDice(seed))); diff != "" {
			t.Errorf("another time the groups are others:\n%s", diff)
		}
		checkWhole(t, got, split)
	}
}

// checkWhole checks that everybody is in one group, and all groups have their sizes.
func checkWhole(t *testing.T, got [][]int, sizes []int) {
	t.Helper()
	var all, lengths []int
	for _, g := range got {
		all = append(all, g...)
		lengths = append(lengths, len(g))
	}
	slices.Sort(all)
	for i, who := range all {
		if i != who {
			t.Fatalf("not everybody is in one group: %v", got)
		}
	}
	if diff := cmp.Diff(sizes, lengths); diff != "" {
		t.Fatal(diff)
	}
}

// Four rounds of 36 people in groups of six can be had without anybody meeting twice in nearly all cases; mixing at random
// would let more than a tenth of all pairs meet again.
func TestManyPeopleSeldomMeetAgain(t *testing.T) {
	const n = 36
	split, _ := sizes(n, 6, 6)
	cost := make([][]int, n)
	for i := range cost {
		cost[i] = make([]int, n)
	}
	again := 0
	for round := range maxPast + 1 {
		var seed [16]byte
		seed[0] = byte(round)
		groups := mixed(split, cost, newDice(seed))
		again += total(groups, cost)
		for _, g := range groups {
			for i, a := range g {
				for _, b := range g[i+1:] {
					cost[a][b]++
					cost[b][a]++
				}
			}
		}
	}
	t.Logf("pairs that have met again in %d rounds of %d people: %d of %d", maxPast+1, n, again, (maxPast+1)*90)
	if again > 60 {
		t.Errorf("pairs that have met again: %d", again)
	}
}

func TestTheSearchEnds(t *testing.T) {
	cost := make([][]int, maxPeople)
	for i := range cost {
		cost[i] = make([]int, maxPeople)
		for j := range cost[i] {
			cost[i][j] = (i*j + i + j) % 7
		}
	}
	split, _ := sizes(maxPeople, 6, 10)
	checkWhole(t, mixed(split, cost, newDice([16]byte{})), split)
}
