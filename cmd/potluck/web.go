package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/web"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// staleLeg is how long an effect may wait before its platform counts as away.
const staleLeg = 2 * time.Minute

// serveWeb serves the operator's pages until ctx ends; the relay goes on without them.
func (p *program) serveWeb(ctx context.Context) {
	err := web.Serve(ctx, p.config.Web.Listen, web.Sources{Problems: p.problems, Samples: p.samples}, p.log)
	if err != nil {
		p.log.Error("the operator's pages are not served; look at web.listen", "error", err)
	}
}

// problems returns a sentence for each platform that does not work.
func (p *program) problems() []string {
	var out []string
	for _, l := range p.legs {
		pump := l.current()
		name := l.adapter.Platform()
		if pump == nil {
			out = append(out, fmt.Sprintf("%s has not started", name))
			continue
		}
		if s := pump.Stats(); s.Oldest > staleLeg {
			out = append(out, fmt.Sprintf("%s: the oldest message has been waiting for %s", name, s.Oldest.Round(time.Second)))
		}
		if silent := silence(l.adapter, time.Now()); silent != "" {
			out = append(out, fmt.Sprintf("%s: %s", name, silent))
		}
	}
	return out
}

// silence says that a platform does not answer, empty if it does or cannot be asked.
func silence(a adapters.Adapter, now time.Time) string {
	p, ok := a.(adapters.Pulse)
	if !ok {
		return ""
	}
	at, every := p.Pulse()
	switch {
	case at.IsZero():
		return "it has not answered since the start"
	case now.Sub(at) > every+staleLeg:
		return fmt.Sprintf("it has not answered for %s", now.Sub(at).Round(time.Second))
	}
	return ""
}

// samples returns what is measured.
func (p *program) samples() []web.Sample {
	e := p.engine.Stats()
	out := []web.Sample{
		{Name: "potluck_events_total", Help: "Events folded.", Value: float64(e.Events), Counter: true},
		{Name: "potluck_duplicates_total", Help: "Events that came again and did not count.", Value: float64(e.Duplicates), Counter: true},
		{Name: "potluck_effects_total", Help: "Effects decided.", Value: float64(e.Effects), Counter: true},
		{Name: "potluck_dead_letters_total", Help: "Events that could not be handled.", Value: float64(e.Dead), Counter: true},
		{Name: "potluck_commits_total", Help: "Transactions of the state.", Value: float64(e.Batches), Counter: true},
		{Name: "potluck_outbox_waiting", Help: "Effects decided but not yet on the bus.", Value: float64(e.Waiting)},
	}
	for _, line := range p.engine.Ledger() {
		out = append(out, ledgerSamples(line)...)
	}
	for _, l := range p.legs {
		if pump := l.current(); pump != nil {
			out = append(out, pumpSamples(pump.Stats())...)
		}
	}
	return out
}

// ledgerSamples tell what became of everything that came from a platform and that was to go there, since the state began.
func ledgerSamples(l core.LedgerLine) []web.Sample {
	sample := func(name, help, label, value string, n uint64, counter bool) web.Sample {
		return web.Sample{
			Name: "potluck_ledger_" + name, Help: help, Counter: counter, Value: float64(n),
			Labels: map[string]string{"platform": string(l.Platform), label: value},
		}
	}
	const effects, events = "What became of effects; all together are those decided.", "What became of events; all together are those received."
	out := []web.Sample{
		sample("effects_total", effects, "outcome", "delivered", l.Delivered, true),
		sample("effects_total", effects, "outcome", "degraded", l.Degraded, true),
		sample("effects_total", effects, "outcome", "expired", l.Expired, true),
		sample("events_total", events, "outcome", "folded", l.Folded, true),
		sample("events_total", events, "outcome", "duplicate", l.Duplicates, true),
		sample("events_total", events, "outcome", "dead", l.Dead, true),
		sample("underway", "Effects decided of which nothing is known yet.", "of", "effects", l.Underway, false),
		sample("decided_total", "Effects decided.", "of", "effects", l.Decided, true),
		sample("received_total", "Events received.", "of", "events", l.Received, true),
	}
	for _, why := range slices.Sorted(maps.Keys(l.Refused)) {
		out = append(out, sample("effects_total", effects, "outcome", "refused: "+string(why), l.Refused[why], true))
	}
	broken := uint64(0)
	if l.Check() != nil {
		broken = 1
	}
	return append(out, sample("broken", "1 if the ledger does not add up: something was lost or said twice.", "of", "all", broken, false))
}

func pumpSamples(s adapters.Stats) []web.Sample {
	leg := map[string]string{"platform": string(s.Platform)}
	counter := func(name, help string, n uint64) web.Sample {
		return web.Sample{Name: "potluck_leg_" + name + "_total", Help: help, Labels: leg, Value: float64(n), Counter: true}
	}
	gauge := func(name, help string, v float64) web.Sample {
		return web.Sample{Name: "potluck_leg_" + name, Help: help, Labels: leg, Value: v}
	}
	out := []web.Sample{
		counter("received", "Events that came in.", s.Received),
		counter("sent", "Effects carried out.", s.Sent),
		counter("dropped", "What an adapter took for an event and was none.", s.Dropped),
		counter("degraded", "Effects carried out and shown as less than they were.", s.Degraded),
		counter("retried", "Tries that were not the last.", s.Retried),
		counter("limited", "Tries that the platform put off (429 and the like).", s.Limited),
		counter("unsure", "Tries whose outcome is unknown: possible duplicates.", s.Unsure),
		gauge("queued", "Effects that wait for their turn.", float64(s.Queued)),
		gauge("lanes", "Chats with something to do.", float64(s.Lanes)),
		gauge("oldest_seconds", "Age of the oldest effect under way.", s.Oldest.Seconds()),
	}
	latency := web.Sample{
		Name: "potluck_leg_latency_seconds", Help: "From the decision to the platform's yes.", Labels: leg,
		Value: float64(s.Latency.All), Sum: s.Latency.Sum.Seconds(), Histogram: map[float64]uint64{},
	}
	for i, bound := range adapters.Bounds() {
		latency.Histogram[bound.Seconds()] = s.Latency.AtMost[i]
	}
	out = append(out, latency)
	for why, n := range s.Failed {
		out = append(out, web.Sample{
			Name: "potluck_leg_failed_total", Help: "Effects that will never be done.", Counter: true, Value: float64(n),
			Labels: map[string]string{"platform": string(s.Platform), "why": string(why)},
		})
	}
	return out
}

// defaultTalkListen is where the talk is served if the config does not say.
const defaultTalkListen = "127.0.0.1:8081"

// talk returns the config of the talk.
func (c Config) talk() web.TalkConfig {
	listen := c.Web.TalkListen
	if listen == "" {
		listen = defaultTalkListen
	}
	return web.TalkConfig{Address: c.Web.Talk, Listen: listen, Dir: filepath.Join(c.Data, "web")}
}

// talkMaker returns a maker for the talk, or for what says no where it is off.
func talkMaker(c Config, feed web.Feed, log *slog.Logger) maker {
	if c.Web.Talk == "" {
		return func(adapters.Opener, adapters.Cursor) (adapters.Adapter, error) { return web.Closed{}, nil }
	}
	talk := c.talk()
	talk.Feed = feed
	return func(adapters.Opener, adapters.Cursor) (adapters.Adapter, error) { return web.NewTalk(talk, log) }
}

// checkTalk looks whether people reach the talk, if it is on, and returns how many problems there are.
func checkTalk(ctx context.Context, w io.Writer, c Config, log *slog.Logger) (problems int) {
	if c.Web.Talk == "" {
		return 0
	}
	a, err := talkMaker(c, nil, log)(closedOpener, noCursor{})
	if err != nil {
		fmt.Fprintf(w, "%s: PROBLEM: %v\n", chat.Web, err)
		return 1
	}
	within, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return report(w, chat.Web, a.Check(within))
}
