package core

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrSeal is wrapped when the state is sealed under another key than the one that is there.
var ErrSeal = errors.New("sealed under another key")

// seal encrypts what nobody may read in a copy of the state: reports, evidence, and the words of messages. Its key is
// not part of the state, so a backup without it tells nothing.
type seal struct {
	box cipher.AEAD
	mac []byte
}

func newSeal(key [32]byte) (seal, error) {
	sub := func(name string) []byte {
		mac := hmac.New(sha256.New, key[:])
		mac.Write([]byte(name))
		return mac.Sum(nil)
	}
	block, err := aes.NewCipher(sub("box"))
	if err != nil {
		return seal{}, fmt.Errorf("make seal: %w", err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return seal{}, fmt.Errorf("make seal: %w", err)
	}
	return seal{box: box, mac: sub("nonce")}, nil
}

// close seals data for one place; in another it cannot be opened. The nonce is made from the place and the data, so that a replay
// writes the same bytes; the same data in the same place is seen to be the same, and nothing else is.
func (s seal) close(place string, data []byte) []byte {
	mac := hmac.New(sha256.New, s.mac)
	mac.Write([]byte(place))
	mac.Write([]byte{0})
	mac.Write(data)
	nonce := mac.Sum(nil)[:s.box.NonceSize()]
	return s.box.Seal(nonce, nonce, data, []byte(place))
}

// open returns what was sealed. The error is ErrSeal if it was not, or with another key.
func (s seal) open(place string, sealed []byte) ([]byte, error) {
	n := s.box.NonceSize()
	if len(sealed) < n {
		return nil, ErrSeal
	}
	data, err := s.box.Open(nil, sealed[:n], sealed[n:], []byte(place))
	if err != nil {
		return nil, ErrSeal
	}
	return data, nil
}

// sealMark is what a state has sealed to know its key again.
const sealMark = "potluck"

// checkSeal looks whether the key is the one that the state knows; a new one gives up what the old one has sealed.
func (e *Engine) checkSeal(tx Tx, anew bool) error {
	mark := tx.Get(bucketMeta, keySeal)
	if mark != nil {
		if _, err := e.seal.open(sealMark, mark); err == nil {
			return nil
		} else if !anew {
			return fmt.Errorf("open state: %w", err)
		}
		if err := e.unseal(tx); err != nil {
			return err
		}
	}
	return tx.Put(bucketMeta, keySeal, e.seal.close(sealMark, []byte(sealMark)))
}

// unseal forgets all that was sealed: nobody can read it any more.
func (e *Engine) unseal(tx Tx) error {
	buckets := []Bucket{bucketWords, bucketAlbum, bucketEarly, bucketEarlyTime}
	for _, r := range e.rules {
		if r.Sealed() {
			buckets = append(buckets, bucketRule+Bucket(r.Name()))
		}
	}
	for _, b := range buckets {
		var keys [][]byte
		err := tx.Scan(b, nil, func(key, _ []byte) bool {
			keys = append(keys, append([]byte(nil), key...))
			return true
		})
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := tx.Delete(b, key); err != nil {
				return err
			}
		}
	}
	return nil
}
