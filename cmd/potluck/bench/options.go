package bench

import (
	"errors"
	"flag"
	"fmt"
	"time"
)

// Mix says what people do.
type Mix string

// The mixes.
const (
	TextOnly Mix = "text" // messages of text
	All      Mix = "all"  // also replies, pictures, edits, deletions and reactions
)

// Options say what is measured.
type Options struct {
	// Rooms is how many rooms of three linked chats there are, 1 to 1000.
	Rooms int
	// Latency is how long each call of the program to a messenger takes; 0 = as fast as this machine.
	Latency time.Duration
	// Rate is how many messages people write each second over all rooms; 0 = as many as arrive.
	Rate float64
	// Messages is how many are measured.
	Messages int
	// UnderWay is how many messages of one room may be on their way at once when Rate is 0; 0 = 16.
	UnderWay int
	// Hang lets one more room's chat on Telegram answer a call only after so long, in the second half.
	Hang time.Duration
	// Mix is TextOnly or All; empty = TextOnly.
	Mix Mix
	// Patience is how long nothing may arrive before what is missing counts as lost; 0 = 10 seconds.
	Patience time.Duration
}

// The sizes of a measurement.
const (
	maxRooms        = 1000
	defaultUnderWay = 16
	defaultPatience = 10 * time.Second
)

// Flags adds the options to a flag set, with their defaults.
func (o *Options) Flags(f *flag.FlagSet) {
	f.IntVar(&o.Rooms, "rooms", 32, "rooms, each with a chat on all three messengers")
	f.DurationVar(&o.Latency, "latency", 0, "how long each call to a messenger takes, like 30ms")
	f.Float64Var(&o.Rate, "rate", 0, "messages per second over all rooms; 0 = as many as arrive")
	f.IntVar(&o.Messages, "messages", 10000, "how many messages are measured")
	f.IntVar(&o.UnderWay, "under-way", defaultUnderWay, "messages of one room on their way at once, when there is no rate")
	f.DurationVar(&o.Hang, "hang", 0, "let one more room's Telegram chat hang that long in the second half, and measure the others")
	f.StringVar((*string)(&o.Mix), "mix", string(TextOnly), `what people do: "text", or "all" for replies, pictures, edits, deletions and reactions too`)
	f.DurationVar(&o.Patience, "patience", defaultPatience, "how long nothing may arrive before the rest counts as lost")
}

// withDefaults fills in what is not set and refuses what makes no sense.
func (o Options) withDefaults() (Options, error) {
	if o.UnderWay == 0 {
		o.UnderWay = defaultUnderWay
	}
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	if o.Mix == "" {
		o.Mix = TextOnly
	}
	switch {
	case o.Rooms < 1 || o.Rooms > maxRooms:
		return o, fmt.Errorf("rooms: choose 1 to %d", maxRooms)
	case o.Messages < 1:
		return o, errors.New("messages: choose at least one")
	case o.Rate < 0 || o.Latency < 0 || o.Hang < 0 || o.UnderWay < 0 || o.Patience < 0:
		return o, errors.New("rate, latency, hang, under-way and patience cannot be negative")
	case o.Mix != TextOnly && o.Mix != All:
		return o, fmt.Errorf("mix: %q is neither %q nor %q", o.Mix, TextOnly, All)
	}
	return o, nil
}
