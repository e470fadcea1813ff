package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// readSeal returns the key of what the state keeps sealed. It lies in a file of its own, so that a copy of the state tells
// nobody who has reported whom; a new data folder gets a new one.
func readSeal(path string) (key [32]byte, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newSeal(path)
	}
	if err != nil {
		return key, fmt.Errorf("read seal: %w", err)
	}
	read, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(read) != len(key) {
		return key, fmt.Errorf("read seal: %s is not a key of 64 hexadecimal digits", path)
	}
	return [32]byte(read), nil
}

func newSeal(path string) (key [32]byte, err error) {
	if _, err := rand.Read(key[:]); err != nil {
		return key, fmt.Errorf("make seal: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return key, fmt.Errorf("make seal: %w", err)
	}
	_, err = f.WriteString(hex.EncodeToString(key[:]) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return key, fmt.Errorf("make seal: %w", err)
	}
	return key, nil
}
