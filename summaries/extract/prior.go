package extract

import (
	"math"
)

// feature is one number about a unit, and its weight in the prior.
type feature int

// The features of the prior, each compared with the other units of the conversation.
const (
	answerF feature = iota
	centroidF
	chitF
	cueF
	digitF
	firstF
	futureF
	headF
	lexrankF
	localF
	loglenF
	meanidfF
	msglenF
	novelF
	posF
	pos2F
	pronF
	properF
	questionF
	segstartF
	segtopF
	shortF
	speakerF
	spkfirstF
	stoprF
	tailF
	textrankF
	tfmassF
	urlF
	youF
	features
)

// priorWeights are those of a logistic model of which sentences of English meetings, mails and dialogues a summary
// draws on, fitted on material under the MIT and CC BY 4.0 licences. Reply and reaction counts have none: the
// material has no replies and no reactions.
func priorWeights() [features]float64 {
	return [features]float64{
		answerF: 0.016, centroidF: 0.084, chitF: -0.132, cueF: 0.049, digitF: -0.071, firstF: -0.338, futureF: 0.027,
		headF: 0.025, lexrankF: 0.127, localF: -0.004, loglenF: -1.17, meanidfF: 0.11, msglenF: 0.194, novelF: 0.094,
		posF: -0.058, pos2F: 0.069, pronF: -0.313, properF: 0.013, questionF: -0.008, segstartF: 0.03, segtopF: -0.037,
		shortF: -0.294, speakerF: -0.042, spkfirstF: -0.078, stoprF: 0.478, tailF: 0.001, textrankF: 0.119,
		tfmassF: 0.648, urlF: -0.022, youF: -0.302,
	}
}

// judge sets the prior of each unit: a number about 0.5, higher where a summary likelier draws on it. It needs the
// graph and the segments. Outside English only length tells, and little.
func (d *document) judge() {
	if d.lex.lang != "en" {
		for i := range d.units {
			u := &d.units[i]
			d.units[i].prior = 0.5
			if len(u.terms) < 3 {
				d.units[i].prior = 0.35
			}
		}
		return
	}
	rows := d.features()
	scores := make([]float64, len(rows))
	for f, w := range priorWeights() {
		mean, dev := moments(rows, f)
		if dev == 0 {
			continue
		}
		for i := range rows {
			scores[i] += w * min(4, max(-4, (rows[i][f]-mean)/dev))
		}
	}
	levelled(scores, rows)
	for i, s := range scores {
		d.units[i].prior = 1 / (1 + math.Exp(-s))
	}
}

// levelled takes out of the scores what follows from length alone. How long a good bullet is depends on the
// budget, not on what the material that the weights come from was like.
func levelled(scores []float64, rows [][features]float64) {
	var n, x, y, xx, xy float64
	for i, s := range scores {
		l := rows[i][loglenF]
		n, x, y, xx, xy = n+1, x+l, y+s, xx+l*l, xy+l*s
	}
	slope := 0.0
	if spread := xx - x*x/n; spread > 1e-9 {
		slope = (xy - x*y/n) / spread
	}
	for i := range scores {
		scores[i] -= y/n + slope*(rows[i][loglenF]-x/n)
	}
}

func moments(rows [][features]float64, f int) (mean, dev float64) {
	for i := range rows {
		mean += rows[i][f]
	}
	mean /= float64(len(rows))
	for i := range rows {
		dev += (rows[i][f] - mean) * (rows[i][f] - mean)
	}
	return mean, math.Sqrt(dev / float64(len(rows)))
}

// features measures all units.
func (d *document) features() [][features]float64 {
	rows := make([][features]float64, len(d.units))
	lexrank, textrank := d.lexrank(), d.textrank()
	spoken, all := make([]float64, len(d.authors)), 0.0
	for i := range d.units {
		n := float64(len(d.units[i].tokens))
		spoken[d.lines[d.units[i].line].author] += n
		all += n
	}
	d.placeFeatures(rows, spoken, all)
	d.vectorFeatures(rows)
	for i := range d.units {
		rows[i][lexrankF] = math.Log(lexrank[i])
		rows[i][textrankF] = math.Log(textrank[i])
		d.wordFeatures(&rows[i], &d.units[i])
	}
	return rows
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// wordFeatures measures what a unit says by itself.
func (d *document) wordFeatures(row *[features]float64, u *unit) {
	n := len(u.tokens)
	row[loglenF] = math.Log(1 + float64(n))
	row[shortF] = flag(n < 6)
	row[questionF] = flag(isAsked(u.text))
	row[digitF] = flag(hasDigit(u.text))
	row[urlF] = flag(hasLink(u.text))
	row[properF] = proper(u.text)
	row[cueF] = float64(min(3, d.lex.decided.in(u.tokens)+d.lex.plan.in(u.tokens)+d.lex.propose.in(u.tokens)))
	row[firstF] = shareOf(u.tokens, d.lex.first)
	row[youF] = shareOf(u.tokens, d.lex.you)
	row[pronF] = shareOf(u.tokens, d.lex.they)
	row[chitF] = shareOf(u.tokens, d.lex.chit)
	row[stoprF] = shareOf(u.tokens, d.lex.stop)
	row[msglenF] = math.Log(1 + float64(len(d.lines[u.line].tokens)))
	if len(u.terms) > 0 {
		for _, t := range u.terms {
			row[meanidfF] += d.idf(t)
			row[tfmassF] += math.Log(1+float64(d.tf[t])) * d.idf(t)
		}
		row[meanidfF] /= float64(len(u.terms))
		row[tfmassF] /= math.Sqrt(float64(len(u.terms)))
	}
}

// placeFeatures measures where a unit stands and who said it.
func (d *document) placeFeatures(rows [][features]float64, spoken []float64, all float64) {
	n := float64(len(rows))
	spoke := make([]bool, len(d.authors))
	seen := map[int32]bool{}
	asked := -1 // who asked in the unit before
	for i := range d.units {
		u, row := &d.units[i], &rows[i]
		author := d.lines[u.line].author
		row[posF] = float64(i) / n
		row[pos2F] = (row[posF] - 0.5) * (row[posF] - 0.5)
		row[headF] = flag(row[posF] < 0.05)
		row[tailF] = flag(row[posF] >= 0.95)
		row[speakerF] = spoken[author] / max(1, all)
		row[spkfirstF] = flag(!spoke[author])
		spoke[author] = true
		row[segstartF] = flag(i == 0 || u.segment != d.units[i-1].segment)
		row[answerF] = flag(asked >= 0 && asked != author && !isAsked(u.text))
		asked = -1
		if isAsked(u.text) {
			asked = author
		}
		fresh := 0
		for _, t := range u.terms {
			if !seen[t] {
				seen[t] = true
				fresh++
			}
		}
		row[novelF] = float64(fresh) / math.Sqrt(float64(max(1, len(u.terms))))
	}
}

// around is how many units on each side are compared with a unit, ahead how many after it.
const (
	around = 6
	ahead  = 25
)

// vectorFeatures measures how like a unit is to all, to its segment, to those around it and to those that follow.
func (d *document) vectorFeatures(rows [][features]float64) {
	whole := make([]float64, len(d.df))
	parts := make([]map[int32]float64, max(1, d.segments))
	for i := range parts {
		parts[i] = map[int32]float64{}
	}
	for i := range d.units {
		for _, t := range d.units[i].terms {
			whole[t] += d.idf(t)
			parts[d.units[i].segment][t] += d.idf(t)
		}
	}
	for i := range d.units {
		u := &d.units[i]
		if u.norm == 0 {
			continue
		}
		for _, t := range u.terms {
			rows[i][centroidF] += whole[t] * d.idf(t) / u.norm
			rows[i][segtopF] += parts[u.segment][t] * d.idf(t) / u.norm
		}
		for j := max(0, i-around); j <= min(i+around, len(d.units)-1); j++ {
			if j != i {
				rows[i][localF] += d.cosine(u, &d.units[j])
			}
		}
		for _, e := range d.edges[i] {
			if j := int(e.to); j > i && j <= i+ahead && d.lines[d.units[j].line].author != d.lines[u.line].author {
				rows[i][futureF] += float64(e.weight)
			}
		}
	}
}
