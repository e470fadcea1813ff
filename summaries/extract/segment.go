package extract

import (
	"cmp"
	"math"
	"slices"
)

// Sizes of the blocks whose words are compared, in units.
const (
	smallestBlock = 6
	largestBlock  = 30
)

// split divides the units into about so many segments, where the words before and after have the least in common.
// A segment is never shorter than a third of the mean.
func (d *document) split(segments int) {
	n := len(d.units)
	segments = max(1, min(segments, n/smallestBlock))
	d.segments = segments
	if segments == 1 {
		return
	}
	depth := d.depths(min(max(n/(2*segments), smallestBlock), largestBlock))
	order := make([]int, 0, n)
	for i := 1; i < n; i++ {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(depth[b], depth[a]), cmp.Compare(a, b)) })
	least := max(2, n/(3*segments))
	cuts := []int{0, n}
	for _, i := range order {
		if len(cuts) > segments {
			break
		}
		at, _ := slices.BinarySearch(cuts, i)
		if i-cuts[at-1] >= least && cuts[at]-i >= least {
			cuts = slices.Insert(cuts, at, i)
		}
	}
	d.segments = len(cuts) - 1
	for s := range d.segments {
		for i := cuts[s]; i < cuts[s+1]; i++ {
			d.units[i].segment = s
		}
	}
}

// splitByLine makes each line a segment, as is right for mails.
func (d *document) splitByLine() {
	d.segments = 0
	for i := range d.units {
		if i == 0 || d.units[i].line != d.units[i-1].line {
			d.segments++
		}
		d.units[i].segment = d.segments - 1
	}
}

// depths returns for each gap between units how much less alike its two sides are than the sides of the gaps
// around it (TextTiling). Blocks slide, so the work is linear.
func (d *document) depths(block int) []float64 {
	n := len(d.units)
	like := make([]float64, n)
	weight := make([]int64, len(d.rarity))
	for t, idf := range d.rarity {
		weight[t] = int64(16 * idf)
	}
	left, right := map[int32]int64{}, map[int32]int64{}
	add := func(m map[int32]int64, i int, by int64) {
		for _, t := range d.units[i].terms {
			if m[t] += by; m[t] == 0 {
				delete(m, t)
			}
		}
	}
	for i := range min(block, n) {
		add(right, i, 1)
	}
	for i := 1; i < n; i++ {
		add(left, i-1, 1)
		add(right, i-1, -1)
		if i-1-block >= 0 {
			add(left, i-1-block, -1)
		}
		if i-1+block < n {
			add(right, i-1+block, 1)
		}
		like[i] = blockCosine(left, right, weight)
	}
	depth := make([]float64, n)
	for i := 1; i < n; i++ {
		depth[i] = peak(like, i, -1, 2*block) + peak(like, i, 1, 2*block) - 2*like[i]
	}
	return depth
}

// peak climbs from i in a direction as long as it goes up, at most so many steps, and returns how high it is there.
func peak(like []float64, i, direction, steps int) float64 {
	top := like[i]
	for j := i + direction; j > 0 && j < len(like) && steps > 0; j += direction {
		if like[j] < top-0.02 {
			break
		}
		top = max(top, like[j])
		steps--
	}
	return top
}

// blockCosine compares two bags of words. Weights are whole numbers, so that the sum does not depend on the order of
// a map.
func blockCosine(a, b map[int32]int64, weight []int64) float64 {
	var dot, x, y int64
	for t, n := range a {
		w := n * weight[t]
		x += w * w
		dot += w * b[t] * weight[t]
	}
	for t, n := range b {
		w := n * weight[t]
		y += w * w
	}
	if x <= 0 || y <= 0 {
		return 0
	}
	return float64(dot) / math.Sqrt(float64(x)*float64(y))
}
