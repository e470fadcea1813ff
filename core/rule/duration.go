package rule

import (
	"strconv"
	"strings"
	"time"
)

// MaxDuration is the longest that ParseDuration reads: what is longer is as good as for ever.
const MaxDuration = 366 * 24 * time.Hour

// Duration reads the duration at the beginning of some words, "1h30m" or "2d 4h", and returns the words behind it.
// Units are s, m (minutes), h, d, w (7 d) and mo (30 d), in any order, added up. A bare number is none: elsewhere
// it means minutes here and hours there. ok is false if there is none, if it is zero or over MaxDuration.
func Duration(words []string) (d time.Duration, rest []string, ok bool) {
	for len(words) > 0 {
		next, good := oneDuration(strings.ToLower(words[0]))
		if !good || d > MaxDuration-next {
			break
		}
		d += next
		words = words[1:]
	}
	return d, words, d > 0
}

// IsBareNumber tells whether a word is a number without a unit, which is refused where a duration belongs.
func IsBareNumber(word string) bool {
	_, err := strconv.Atoi(word)
	return err == nil
}

func oneDuration(word string) (d time.Duration, ok bool) {
	for word != "" {
		digits := 0
		for digits < len(word) && word[digits] >= '0' && word[digits] <= '9' {
			digits++
		}
		n, err := strconv.Atoi(word[:digits])
		if err != nil || digits > 6 {
			return 0, false
		}
		word = word[digits:]
		letters := 0
		for letters < len(word) && word[letters] >= 'a' && word[letters] <= 'z' {
			letters++
		}
		unit, known := unitOf(word[:letters])
		if !known || n > int(MaxDuration/unit) {
			return 0, false
		}
		word = word[letters:]
		d += time.Duration(n) * unit
		if d > MaxDuration {
			return 0, false
		}
	}
	return d, d > 0
}

func unitOf(s string) (time.Duration, bool) {
	const day = 24 * time.Hour
	switch s {
	case "s":
		return time.Second, true
	case "m":
		return time.Minute, true
	case "h":
		return time.Hour, true
	case "d":
		return day, true
	case "w":
		return 7 * day, true
	case "mo":
		return 30 * day, true
	}
	return 0, false
}
