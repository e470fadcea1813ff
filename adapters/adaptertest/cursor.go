package adaptertest

import (
	"sync"

	"github.com/potluck-chat/potluck/adapters"
)

// memory is a Cursor that lives as long as its test.
type memory struct {
	mu       sync.Mutex // guards position
	position string
}

// Load returns what was saved last.
func (m *memory) Load() (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.position, nil
}

// Save keeps a position.
func (m *memory) Save(position string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.position = position
	return nil
}

var _ adapters.Cursor = (*memory)(nil)
