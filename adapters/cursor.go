package adapters

// Cursor keeps how far an adapter has come in its platform's stream of events (a Matrix sync token) over
// restarts. Save only what In has made durable. It is safe for concurrent use.
type Cursor interface {
	// Load returns what was saved last, empty at first.
	Load() (string, error)
	Save(position string) error
}
