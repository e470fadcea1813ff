package rule

import (
	"encoding/base32"
	"strings"
)

// codeAlphabet has no letter or digit that is easily taken for another when read aloud or copied by hand.
const codeAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// Code returns a code of eight characters (40 bits) from an event's seed.
func Code(seed [16]byte) string {
	return base32.NewEncoding(codeAlphabet).WithPadding(base32.NoPadding).EncodeToString(seed[:5])
}

// ShowCode writes a code as people read it: "K7QM-2XPA".
func ShowCode(code string) string {
	if !IsCode(code) {
		return code
	}
	return code[:4] + "-" + code[4:]
}

// codeLength is the number of characters of a code.
const codeLength = 8

// IsCode tells whether what CleanCode has read can be a code at all.
func IsCode(code string) bool { return len(code) == codeLength }

// CleanCode reads the words that somebody has typed as a code: case, spaces, dashes and what is around them do
// not matter. It returns at most 16 characters.
func CleanCode(words ...string) string {
	var b strings.Builder
	for _, w := range words {
		if b.Len() >= codeLength {
			break // a word behind the code
		}
		for _, r := range strings.ToUpper(w) {
			if strings.ContainsRune(codeAlphabet, r) && b.Len() < 2*codeLength {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
