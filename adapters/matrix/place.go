package matrix

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// placeKey is the field that says where a place is (MSC3488), beside the geo_uri of the specification.
const placeKey = "org.matrix.msc3488.location"

// placeOf reads a place. One that cannot be found on the earth is told by its words.
func placeOf(c object) chat.Part {
	at := c.sub(placeKey)
	if at == nil {
		at = c.sub("m.location")
	}
	geo := c.str("geo_uri")
	if geo == "" {
		geo = at.str("uri")
	}
	name := oneLine(at.str("description"))
	words := oneLine(c.str("body"))
	if words == "" {
		words = name
	}
	p := chat.Part{Kind: chat.Location, Line: words}
	if place, ok := parseGeo(geo); ok {
		place.Name = lineOfUpTo(name, 100)
		p.Place, p.Line = &place, strings.TrimSpace(words+" "+mapLink(place))
	}
	return p
}

// parseGeo reads a geo: address (RFC 5870); what follows the two numbers is left out.
func parseGeo(geo string) (chat.Place, bool) {
	rest, ok := strings.CutPrefix(geo, "geo:")
	rest, _, _ = strings.Cut(rest, ";")
	lat, lon, found := strings.Cut(rest, ",")
	lon, _, _ = strings.Cut(lon, ",")
	if !ok || !found || !isDecimal(lat) || !isDecimal(lon) {
		return chat.Place{}, false
	}
	p, err := strconv.ParseFloat(lat, 64)
	q, err2 := strconv.ParseFloat(lon, 64)
	if err != nil || err2 != nil || math.Abs(p) > 90 || math.Abs(q) > 180 {
		return chat.Place{}, false
	}
	return chat.Place{Latitude: p, Longitude: q}, true
}

func isDecimal(s string) bool {
	return s != "" && len(s) <= 24 && strings.Trim(s, "-0123456789.") == ""
}

// decimal writes a number of degrees, to a tenth of a metre.
func decimal(f float64) string {
	s := strconv.FormatFloat(f, 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func mapLink(p chat.Place) string {
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%s&mlon=%s", decimal(p.Latitude), decimal(p.Longitude))
}

// placeContent writes a message that clients show as a map.
func placeContent(p chat.Place) map[string]any {
	uri := "geo:" + decimal(p.Latitude) + "," + decimal(p.Longitude)
	words := nameOfPlace(p)
	at := map[string]any{"uri": uri}
	if words != "" {
		at["description"] = words
	}
	return map[string]any{
		"msgtype": "m.location", "body": strings.TrimSpace(words + " " + mapLink(p)), "geo_uri": uri, "m.mentions": map[string]any{},
		placeKey: at, "org.matrix.msc3488.asset": map[string]any{"type": "m.pin"},
	}
}

// nameOfPlace returns what a place is called and where that is, empty if nobody has said.
func nameOfPlace(p chat.Place) string {
	name, address := oneLine(p.Name), oneLine(p.Address)
	if name == "" || address == "" {
		return name + address
	}
	return name + ", " + address
}

// receiveBeacon tells once that somebody shows where he is, at the first place that he is at (MSC3489): all of a
// beacon's places have the id of their beginning, so that only one of them counts. The moving itself is not told.
func (a *Adapter) receiveBeacon(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) {
	rel := relationOf(c)
	told := "beacon " + rel.to
	if rel.kind != "m.reference" || !isEventID(rel.to) || a.isKnown(told) {
		return
	}
	p := placeOf(c)
	p.Kind = chat.LiveLocation
	if p.Place == nil {
		return
	}
	ev := a.event(ctx, s, room, e)
	ev.ID = chat.EventID("matrix:" + rel.to)
	ev.Body = chat.Posted{Ref: ref(room, rel.to), Parts: []chat.Part{p}}
	b.events = append(b.events, ev)
	b.later(func() { a.recent.add(told, note{sender: e.Sender, room: room}) })
}
