package extract

import (
	"cmp"
	"math"
	"slices"
)

// Bounds that keep the graph linear in the number of units.
const (
	maxNeighbours = 32
	maxPostings   = 64  // the last units with the same word that are compared
	reach         = 600 // units between two that are compared
	leastLikeness = 0.08
	rounds        = 25 // of the power iteration
)

// edge is a neighbour in the graph of units and how alike the two are.
type edge struct {
	to     int32
	weight float32
}

// connect builds the graph: units that share words, the most alike neighbours of each.
func (d *document) connect() {
	d.edges = make([][]edge, len(d.units))
	postings := map[int32][]int32{}
	products := make([]float64, len(d.units))
	var touched []int32
	for i := range d.units {
		u := &d.units[i]
		touched = touched[:0]
		for _, t := range u.terms {
			w := d.idf(t)
			list := postings[t]
			for _, j := range list {
				if i-int(j) > reach {
					continue
				}
				if products[j] == 0 {
					touched = append(touched, j)
				}
				products[j] += w * w
			}
			if len(list) >= maxPostings {
				copy(list, list[1:])
				list = list[:maxPostings-1]
			}
			postings[t] = append(list, int32(i))
		}
		for _, j := range touched {
			like := products[j] / (u.norm * d.units[j].norm)
			products[j] = 0
			if like >= leastLikeness {
				d.edges[i] = append(d.edges[i], edge{j, float32(like)})
				d.edges[j] = append(d.edges[j], edge{int32(i), float32(like)})
			}
		}
	}
	for i := range d.edges {
		if len(d.edges[i]) > maxNeighbours {
			slices.SortFunc(d.edges[i], func(a, b edge) int {
				return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.to, b.to))
			})
			d.edges[i] = slices.Clip(slices.Clone(d.edges[i][:maxNeighbours]))
		}
		slices.SortFunc(d.edges[i], func(a, b edge) int { return cmp.Compare(a.to, b.to) })
		for _, e := range d.edges[i] {
			d.units[i].worth += float64(e.weight)
		}
	}
}

// lexrank returns the stationary weight of each unit when a reader walks from unit to like unit.
func (d *document) lexrank() []float64 {
	return d.walk(func(_ int, e edge) float64 { return float64(e.weight) })
}

// textrank is the same walk, where words in common count, corrected for length.
func (d *document) textrank() []float64 {
	return d.walk(func(i int, e edge) float64 {
		a, b := &d.units[i], &d.units[e.to]
		long := math.Log(1+float64(len(a.tokens))) + math.Log(1+float64(len(b.tokens)))
		return float64(e.weight) * math.Sqrt(float64(len(a.terms))*float64(len(b.terms))) / max(1, long)
	})
}

// walk is the power iteration, with a chance of 0.15 to begin anywhere.
func (d *document) walk(weight func(i int, e edge) float64) []float64 {
	n := len(d.units)
	out := make([]float64, n)
	sums := make([]float64, n)
	weights := make([][]float32, n)
	for i := range d.edges {
		out[i] = 1 / float64(n)
		weights[i] = make([]float32, len(d.edges[i]))
		for x, e := range d.edges[i] {
			w := weight(i, e)
			weights[i][x] = float32(w)
			sums[i] += w
		}
	}
	next := make([]float64, n)
	for range rounds {
		lost := 0.0
		for i := range next {
			next[i] = 0
			if sums[i] == 0 {
				lost += out[i]
			}
		}
		for i, edges := range d.edges {
			if sums[i] == 0 {
				continue
			}
			give := out[i] / sums[i]
			for x, e := range edges {
				next[e.to] += give * float64(weights[i][x])
			}
		}
		for i := range next {
			next[i] = 0.15/float64(n) + 0.85*(next[i]+lost/float64(n))
		}
		out, next = next, out
	}
	return out
}
