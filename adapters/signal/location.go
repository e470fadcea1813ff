package signal

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// mapLink begins the last line of a place that somebody has sent, as SignalPlace of Signal Android writes it. The
// protocol has no places: it is a picture of the map, with the address and this link below it.
const mapLink = "https://maps.google.com/maps?q="

// place finds the place in a message that is one. It returns the words that are left without the link.
func (d *dataMessage) place(text chat.Text) (rest chat.Text, p chat.Part, ok bool) {
	if len(d.Attachments) != 1 || d.Attachments[0].kind() != chat.Photo || d.ViewOnce {
		return text, chat.Part{}, false
	}
	before, link := "", strings.TrimSpace(text.Plain)
	if i := strings.LastIndexByte(link, '\n'); i >= 0 {
		before, link = link[:i], link[i+1:]
	}
	where, isMap := strings.CutPrefix(link, mapLink)
	north, east, isPair := strings.Cut(where, "%2C")
	latitude, err1 := strconv.ParseFloat(north, 64)
	longitude, err2 := strconv.ParseFloat(east, 64)
	if !isMap || !isPair || err1 != nil || err2 != nil || !isWithin(latitude, 90) || !isWithin(longitude, 180) {
		return text, chat.Part{}, false
	}
	return text.Trim().Slice(0, chat.Units(before)).Trim(), chat.Part{
		Kind: chat.Location, Line: fmt.Sprintf("%s, %s · %s", north, east, link),
		Place: &chat.Place{Latitude: latitude, Longitude: longitude},
	}, true
}

// isWithin tells whether degrees are on the earth; what is no number is not.
func isWithin(degrees, limit float64) bool { return degrees >= -limit && degrees <= limit }
