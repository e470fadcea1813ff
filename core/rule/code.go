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
	if len(code) != 8 {
		return code
	}
	return code[:4] + "-" + code[4:]
}

// CleanCode reads what somebody has typed as a code: case, spaces, dashes and what is around them do not
// matter, and O, I and 1, 0 are read as the letters they were meant to be. It returns at most 16
// characters.
func CleanCode(typed string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		if strings.ContainsRune(codeAlphabet, r) && b.Len() < 16 {
			b.WriteRune(r)
		}
	}
	return b.String()
}
