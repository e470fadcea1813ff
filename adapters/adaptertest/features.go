package adaptertest

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// tablePromises are about the features as data.
func tablePromises() []promise {
	return []promise{{name: "features answer for every kind", keep: featuresAnswer}}
}

func featuresAnswer(s *stage) {
	f := s.features
	if f.Platform != s.w.Platform() || s.adapter.Platform() != s.w.Platform() {
		s.t.Errorf("platform is %q, features say %q, the world is %q", s.adapter.Platform(), f.Platform, s.w.Platform())
	}
	for _, k := range chat.Kinds() {
		answer, ok := f.Shows[k]
		switch {
		case !ok:
			s.t.Errorf("%s has no answer", k)
		case answer.How == chat.Native && answer.Note != "":
			s.t.Errorf("%s is native and has the note %q", k, answer.Note)
		case answer.How == chat.Native:
			s.mustBeProved(k)
		case answer.How != chat.Degraded && answer.How != chat.Refused:
			s.t.Errorf("%s is %q", k, answer.How)
		case answer.Note == "":
			s.t.Errorf("%s is %s and nobody is told what is shown instead", k, answer.How)
		}
	}
	for k := range f.Shows {
		if !slices.Contains(chat.Kinds(), k) {
			s.t.Errorf("%q is no kind", k)
		}
	}
	if f.Shows["text"].How != chat.Native {
		s.t.Error("a platform that does not show text is none")
	}
	if f.TextLimit < 500 || f.CaptionLimit < 0 || f.CaptionLimit > f.TextLimit || f.MediaLimit <= 0 || f.FetchLimit <= 0 {
		s.t.Errorf("limits: text %d, caption %d, media %d, fetch %d", f.TextLimit, f.CaptionLimit, f.MediaLimit, f.FetchLimit)
	}
	if f.EditWindow < 0 || f.DeleteWindow < 0 || f.EditCount < 0 {
		s.t.Errorf("windows: edit %s, delete %s, %d edits", f.EditWindow, f.DeleteWindow, f.EditCount)
	}
	if p := f.Pace; p.Chat < 0 || p.Burst < 0 || p.ChatMinute < 0 || p.Second < 0 {
		s.t.Errorf("pace: %+v", p)
	}
}

// mustBeProved fails for a kind that is said to be native while the test that would show it is skipped.
func (s *stage) mustBeProved(k chat.Kind) {
	s.t.Helper()
	for _, p := range promises() {
		if why, skipped := s.fx.Skips[p.name]; skipped && slices.Contains(p.proves, k) {
			s.t.Errorf("%s is said to be native, but %q is skipped: %s", k, p.name, why)
		}
	}
}
