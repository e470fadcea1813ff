package bench

// The places of the messengers in everything that has one thing for each, as hall.Worlds has them.
const (
	telegram = iota
	signal
	matrix
	platforms
)
