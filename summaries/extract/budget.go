package extract

import "strings"

// Budget is how long a recap may be. Authors' names and the arrow count as words. Of signs of a script that does not
// put spaces between words two count as a word of a bullet; Words of a Chinese or Japanese conversation are signs.
type Budget struct {
	// Bullets is the most bullets; 0 stands for 10, or for as many as Words allow if Words is given.
	Bullets int
	// Words is the most words of all bullets together; 0 is no limit. If it is given, it is filled well.
	Words int
	// WordsPerBullet is the most words of a bullet; 0 stands for 25, or for no limit if Words is given.
	WordsPerBullet int
}

// Defaults and bounds of a budget.
const (
	defaultBullets = 10
	defaultWords   = 25 // of a bullet
	maxBullets     = 200
	maxBulletWords = 120
	leastWords     = 4 // a bullet with fewer words says nothing
)

// normal returns the budget with its defaults and bounds.
func (b Budget) normal() Budget {
	if b.Words < 0 {
		b.Words = 0
	}
	if b.Bullets <= 0 {
		b.Bullets = defaultBullets
		if b.Words > 0 {
			b.Bullets = maxBullets
		}
	}
	if b.WordsPerBullet <= 0 {
		b.WordsPerBullet = defaultWords
		if b.Words > 0 {
			b.WordsPerBullet = maxBulletWords
		}
	}
	b.Bullets = min(b.Bullets, maxBullets)
	b.WordsPerBullet = min(b.WordsPerBullet, maxBulletWords)
	if b.Words > 0 {
		b.WordsPerBullet = min(b.WordsPerBullet, b.Words)
	}
	return b
}

// bound keeps the promises of the budget where a bullet could not: it cuts what is too long and drops what is left
// without words.
func (r *recap) bound(bullets []Bullet) []Bullet {
	left := r.budget.Words
	out := bullets[:0]
	for _, b := range bullets {
		limit := r.budget.WordsPerBullet
		if r.budget.Words > 0 {
			limit = min(limit, left)
		}
		if count(b.Text) > limit {
			b.Text = shorten(b.Text, limit, r.lex)
		}
		if strings.Trim(b.Text, ellipsis+" ") == "" {
			continue
		}
		left -= count(b.Text)
		if out = append(out, b); len(out) == r.budget.Bullets {
			break
		}
	}
	return out
}
