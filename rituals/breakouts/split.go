package breakouts

import (
	"encoding/binary"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// sizes returns how many people are in each group, all from low to high and none more than one apart from another; fewer
// than low are one group. Of several ways it takes the one whose groups are nearest to the middle. ok is false if there is
// none: of groups from 6 to 10 only for 11.
func sizes(n, low, high int) (out []int, ok bool) {
	if n < low {
		return []int{n}, true
	}
	best, off := 0, 0
	for k := (n + high - 1) / high; k <= n/low; k++ {
		d := 2*n - k*(low+high)
		if d < 0 {
			d = -d
		}
		if best == 0 || d < off {
			best, off = k, d
		}
	}
	if best == 0 {
		return nil, false
	}
	return even(n, best), true
}

// otherwise returns the two ways to split what cannot be: groups that are too large, and groups that are too small.
func otherwise(n, low int) (large, small []int) {
	k := max(1, n/low)
	return even(n, k), even(n, k+1)
}

// even makes k groups of n people whose sizes differ by one at most, the larger ones first.
func even(n, k int) []int {
	out := make([]int, k)
	for i := range out {
		out[i] = n / k
		if i < n%k {
			out[i]++
		}
	}
	return out
}

// dice are numbers that nobody can foresee and that are the same on every replay.
type dice struct{ state uint64 }

func newDice(seed [16]byte) *dice {
	return &dice{state: binary.BigEndian.Uint64(seed[:8]) ^ binary.BigEndian.Uint64(seed[8:])}
}

// roll returns a number from 0 to n-1 (SplitMix64, which is far better than any group of people can notice).
func (d *dice) roll(n int) int {
	d.state += 0x9E3779B97F4A7C15
	z := d.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) >> 1 % uint64(n))
}

func (d *dice) shuffle(order []int) {
	for i := len(order) - 1; i > 0; i-- {
		j := d.roll(i + 1)
		order[i], order[j] = order[j], order[i]
	}
}

// The bounds of the search.
const (
	maxTries  = 40      // from another beginning each
	maxWeighs = 400_000 // exchanges of two people that are looked at
)

// mixed puts people 0 … n-1 into groups of some sizes, so that the pairs that share a group cost as little as it can find:
// from many beginnings it exchanges two people as long as that makes the groups better.
func mixed(sizes []int, cost [][]int, d *dice) [][]int {
	order := make([]int, len(cost))
	for i := range order {
		order[i] = i
	}
	var best []int
	lowest, weighs := 0, 0
	for range maxTries {
		d.shuffle(order)
		try := slices.Clone(order)
		total := improve(try, sizes, cost, &weighs)
		if best == nil || total < lowest {
			best, lowest = try, total
		}
		if lowest == 0 || weighs > maxWeighs {
			break
		}
	}
	var out [][]int
	for _, n := range sizes {
		out = append(out, slices.Clone(best[:n]))
		best = best[n:]
	}
	return out
}

// improve exchanges people of different groups until no exchange helps any more, and returns what the groups cost.
func improve(order, sizes []int, cost [][]int, weighs *int) int {
	var groups []int // the group of each place
	var first []int  // the first place of each group
	for g, n := range sizes {
		first = append(first, len(groups))
		for range n {
			groups = append(groups, g)
		}
	}
	first = append(first, len(order))
	with := func(who, g, except int) int { // what somebody costs in a group, whoever stands at one place left out
		sum := 0
		for p := first[g]; p < first[g+1]; p++ {
			if p != except {
				sum += cost[who][order[p]]
			}
		}
		return sum
	}
	for better := true; better && *weighs <= maxWeighs; {
		better = false
		for a := range order {
			for b := a + 1; b < len(order); b++ {
				if groups[a] == groups[b] {
					continue
				}
				*weighs++
				before := with(order[a], groups[a], a) + with(order[b], groups[b], b)
				after := with(order[a], groups[b], b) + with(order[b], groups[a], a)
				if after < before {
					order[a], order[b] = order[b], order[a]
					better = true
				}
			}
		}
	}
	total := 0
	for a := range order {
		for b := a + 1; b < len(order) && groups[a] == groups[b]; b++ {
			total += cost[order[a]][order[b]]
		}
	}
	return total
}

// unwanted is what a pair costs of whom one would rather not be with the other: more than all that have met can.
const unwanted = 1 << 20

// costs is what each pair costs that shares a group: how often it has in the last rounds, and whether one has asked for
// not being with the other.
func (t *turn) costs(who []chat.MemberID) [][]int {
	at := make(map[chat.MemberID]int, len(who))
	out := make([][]int, len(who))
	for i, id := range who {
		at[id], out[i] = i, make([]int, len(who))
	}
	for _, m := range t.s.Past {
		for _, group := range m.Groups {
			for i, a := range group {
				for _, b := range group[i+1:] {
					x, isIn := at[a]
					y, also := at[b]
					if isIn && also && x != y {
						out[x][y]++
						out[y][x]++
					}
				}
			}
		}
	}
	for _, w := range t.s.Avoid {
		x, isIn := at[w.Who]
		y, also := at[w.Not]
		if isIn && also {
			out[x][y] += unwanted
			out[y][x] += unwanted
		}
	}
	return out
}
