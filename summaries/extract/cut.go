package extract

import "slices"

// What is looked at to tell whether a link holds two talks together that are none.
const (
	branchLines = 120 // of a branch, and of what it hangs on
	leastBranch = 3
	loose       = 3.0  // a link that is so much better than none is never cut
	leastFresh  = 0.25 // and neither is one of a line that does not look as if it opened something
)

// cut takes away links that were not much better than none, if what hangs on them, seen as a whole, shares neither
// people nor words with what it hangs on. Only now can that be seen: when the line was read its answers were still
// to come.
func (k *linker) cut() {
	children := make([][]int, len(k.lines))
	for i, l := range k.lines {
		if l.answers >= 0 {
			children[l.answers] = append(children[l.answers], i)
		}
	}
	for i := range k.lines {
		l := &k.lines[i]
		if l.answers < 0 || l.replyTo >= 0 || len(l.to) > 0 || k.goesOn(l) || k.margin[i] > loose || k.fresh[i] < leastFresh {
			continue
		}
		branch := k.branch(children, i)
		if len(branch) < leastBranch {
			continue
		}
		rest := k.rest(children, i)
		if len(rest) >= leastBranch && k.margin[i] < loose*(1-k.kinship(branch, rest)) {
			children[l.answers] = slices.DeleteFunc(children[l.answers], func(c int) bool { return c == i })
			l.answers = -1
		}
	}
	k.rename()
}

// branch returns a line and the lines that answer it, and those that answer them, as far as they are near.
func (k *linker) branch(children [][]int, i int) []int {
	out := []int{i}
	for n := 0; n < len(out) && len(out) < branchLines; n++ {
		out = append(out, children[out[n]]...)
	}
	return out
}

// rest returns the lines of a talk before line i that are near it.
func (k *linker) rest(children [][]int, i int) []int {
	root := i
	for steps := 0; k.lines[root].answers >= 0 && steps < branchLines; steps++ {
		root = k.lines[root].answers
	}
	var out []int
	stack := []int{root}
	for n := 0; n < len(stack) && len(out) < branchLines; n++ {
		x := stack[n]
		if x == i {
			continue
		}
		if x < i+window {
			out = append(out, x)
		}
		stack = append(stack, children[x]...)
	}
	return out
}

// kinship says, between 0 and 1, how much two groups of lines have in common.
func (k *linker) kinship(a, b []int) float64 {
	people := func(lines []int) []int {
		var out []int
		for _, i := range lines {
			out = append(out, k.lines[i].author)
			out = append(out, k.lines[i].to...)
		}
		return sortedUnique(out)
	}
	words := func(lines []int) map[int32]bool {
		out := map[int32]bool{}
		for _, i := range lines {
			for _, t := range k.lines[i].terms {
				out[t] = true
			}
		}
		return out
	}
	p, q := people(a), people(b)
	both := 0
	for _, x := range p {
		if _, found := slices.BinarySearch(q, x); found {
			both++
		}
	}
	u, v := words(a), words(b)
	common := 0
	for t := range u {
		if v[t] {
			common++
		}
	}
	byPeople := float64(both) / float64(len(p)+len(q)-both)
	byWords := float64(common) / float64(max(5, min(len(u), len(v))))
	return min(1, 0.7*byPeople+1.5*byWords)
}

// rename gives talks their numbers again after links were taken away.
func (k *linker) rename() {
	n := 0
	for i := range k.lines {
		l := &k.lines[i]
		if l.answers < 0 {
			l.talk = n
			n++
		} else {
			l.talk = k.lines[l.answers].talk
		}
	}
}
