package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/core/chat"
)

// codeLength is the length of a token, a conversation's name and a link's secret: 26 letters of five bits are 130 bits.
const codeLength = 26

// newToken returns an unguessable word.
func newToken() string { return strings.ToLower(rand.Text())[:codeLength] }

// nameOf returns the name of the conversation that a token opens; the token cannot be found from it.
func nameOf(token string) string {
	sum := sha256.Sum256([]byte("conversation " + token))
	return code(sum[:])
}

func code(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))[:codeLength]
}

// isCode tells whether a word can be a token or a name.
func isCode(s string) bool {
	return len(s) == codeLength && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '2' || r > '7') })
}

// isCommunity tells whether a word can be a community's id within an address.
func isCommunity(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// key makes the links of communities.
type key [32]byte

// secret returns what the key makes of a word.
func (k key) secret(word string) string {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte(word))
	return code(mac.Sum(nil))
}

// gate returns the last part of a community's link.
func (k key) gate(id chat.CommunityID) string { return string(id) + "." + k.secret("talk "+string(id)) }

// community reads what gate wrote; false for what this key has not made.
func (k key) community(gate string) (chat.CommunityID, bool) {
	id, _, ok := strings.Cut(gate, ".")
	if !ok || !isCommunity(id) || !hmac.Equal([]byte(gate), []byte(k.gate(chat.CommunityID(id)))) {
		return "", false
	}
	return chat.CommunityID(id), true
}

func keyPath(dir string) string { return filepath.Join(dir, "key") }

// readKey reads the key of a folder; the error wraps fs.ErrNotExist if it has none yet.
func readKey(dir string) (k key, err error) {
	raw, err := os.ReadFile(keyPath(dir))
	if err != nil {
		return k, fmt.Errorf("read key: %w", err)
	}
	read, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(read) != len(k) {
		return k, fmt.Errorf("read key: %s is not a key of 64 hexadecimal digits; without it there will be a new one, and the communities' links change", keyPath(dir))
	}
	return key(read), nil
}

// ownKey reads the key of a folder, making one if there is none.
func ownKey(dir string) (key, error) {
	k, err := readKey(dir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if _, err := rand.Read(k[:]); err != nil {
		return k, fmt.Errorf("make key: %w", err)
	}
	return k, writeWhole(keyPath(dir), []byte(hex.EncodeToString(k[:])+"\n"))
}

// maxRecent is how many conversations just begun are remembered.
const maxRecent = 1000

// recentTokens remembers what forms have begun, so that one that is sent twice leads to one conversation. It is in
// memory only, for tokens are written nowhere.
type recentTokens struct {
	mu    sync.Mutex // guards what follows
	by    map[string]string
	order []string
}

func newRecentTokens() *recentTokens { return &recentTokens{by: map[string]string{}} }

// began remembers the token of the conversation that a form has begun with a text.
func (r *recentTokens) began(once, text, token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.order) >= maxRecent {
		delete(r.by, r.order[0])
		r.order = r.order[1:]
	}
	r.by[once+" "+text] = token
	r.order = append(r.order, once+" "+text)
}

// token returns the conversation that this form has begun with this very text, empty if none.
func (r *recentTokens) token(once, text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.by[once+" "+text]
}
