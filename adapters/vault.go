package adapters

// Vault keeps, by name, what an adapter must find again after a kill and after a power cut, whole or not at
// all: the keys of encrypted rooms. It is no part of a backup: keys that are brought back from the past would
// be used a second time. It is safe for concurrent use.
type Vault interface {
	// Get returns the value of a key, nil if there is none.
	Get(key string) ([]byte, error)
	// Scan calls fn for each key with the prefix, in the order of their bytes, until fn returns false. The value
	// is valid only until fn returns, and fn must not call the vault.
	Scan(prefix string, fn func(key string, value []byte) bool) error
	// Put makes all the changes or none, and returns when they are on the disk. A nil value takes its key away; a key
	// has 1 to 32,768 bytes.
	Put(changes map[string][]byte) error
}

// Vaulted is what a Cursor is, too, where the adapter that gets it may keep keys.
type Vaulted interface {
	Vault() Vault
}
