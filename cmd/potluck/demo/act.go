package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// The most that one request may bring. A file is in it as base64, four bytes for three.
const (
	maxBody  = 12 << 20
	maxFiles = 4
	maxFile  = 2 << 20
	maxText  = 10_000 // characters
	maxEmoji = 64     // bytes
)

// problem is what a refused request gets.
type problem struct {
	Error string `json:"error"`
}

// errRequest is wrapped by what is wrong with a request itself; all other errors are the platform's refusals.
var errRequest = errors.New("bad request")

// request is what the page sends; each action uses its part of it.
type request struct {
	Platform chat.Platform `json:"platform"`
	Person   string        `json:"person"`
	Chat     string        `json:"chat"`
	Message  string        `json:"message,omitempty"`
	Text     string        `json:"text,omitempty"`
	ReplyTo  string        `json:"replyTo,omitempty"`
	Emoji    string        `json:"emoji,omitempty"`
	On       bool          `json:"on,omitempty"`
	N        int           `json:"n,omitempty"`      // which button, counted from 0
	Sample   string        `json:"sample,omitempty"` // picture or voice: one that we bring ourselves
	Files    []upload      `json:"files,omitempty"`
}

type upload struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

type outcome struct {
	ID string `json:"id,omitempty"`
}

// act reads a request, lets do carry it out and answers: 400 what is wrong with the request, 422 what the
// platform says against it, in its own words.
func act(do func(request) (outcome, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			writeJSON(w, http.StatusUnsupportedMediaType, problem{"send JSON"})
			return
		}
		var in request
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			status := http.StatusBadRequest
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				status = http.StatusRequestEntityTooLarge
			}
			writeJSON(w, status, problem{"that could not be read, or is too large: at most 4 files of 2 MB"})
			return
		}
		out, err := do(in)
		switch {
		case errors.Is(err, errRequest):
			writeJSON(w, http.StatusBadRequest, problem{err.Error()})
		case err != nil:
			writeJSON(w, http.StatusUnprocessableEntity, problem{err.Error()})
		default:
			writeJSON(w, http.StatusOK, out)
		}
	}
}

// place finds whom and where a request is about: a person may use the groups and his own private chat.
func (t *Table) place(in request) (seat, person, error) {
	s, ok := t.seatOf(in.Platform)
	if !ok {
		return seat{}, person{}, fmt.Errorf("no phone for %q: %w", in.Platform, errRequest)
	}
	who, ok := s.byID(in.Person)
	if !ok {
		return seat{}, person{}, fmt.Errorf("nobody of that name there: %w", errRequest)
	}
	if !s.hasGroup(in.Chat) && (in.Chat == "" || in.Chat != who.private) {
		return seat{}, person{}, fmt.Errorf("%s has no such chat: %w", who.name, errRequest)
	}
	if utf8.RuneCountInString(in.Text) > maxText {
		return seat{}, person{}, fmt.Errorf("a text of more than %d characters: %w", maxText, errRequest)
	}
	if len(in.Emoji) > maxEmoji {
		return seat{}, person{}, fmt.Errorf("that is not one emoji: %w", errRequest)
	}
	return s, who, nil
}

func (t *Table) say(in request) (outcome, error) {
	s, who, err := t.place(in)
	if err != nil {
		return outcome{}, err
	}
	media, err := t.media(in)
	if err != nil {
		return outcome{}, err
	}
	text, thing := parse(in.Text), sampleThing(in.Sample)
	if thing != nil {
		text = chat.Text{}
	}
	if text.IsEmpty() && len(media) == 0 && thing == nil {
		return outcome{}, fmt.Errorf("there is nothing to say in it: %w", errRequest)
	}
	t.noteSaid(s, in, text)
	id, err := s.world.Say(who.id, in.Chat, world.Say{Text: text, ReplyTo: in.ReplyTo, Media: media, Thing: thing})
	if err != nil {
		return outcome{}, err
	}
	if in.ReplyTo != "" {
		t.noteTried(s, in.Chat)
	}
	return outcome{ID: id}, nil
}

func (t *Table) edit(in request) (outcome, error) {
	s, who, err := t.place(in)
	if err != nil {
		return outcome{}, err
	}
	if err := s.world.Edit(who.id, in.Chat, in.Message, parse(in.Text)); err != nil {
		return outcome{}, err
	}
	t.noteTried(s, in.Chat)
	return outcome{}, nil
}

func (t *Table) delete(in request) (outcome, error) {
	s, who, err := t.place(in)
	if err != nil {
		return outcome{}, err
	}
	if err := s.world.Delete(who.id, in.Chat, in.Message); err != nil {
		return outcome{}, err
	}
	return outcome{}, nil
}

func (t *Table) react(in request) (outcome, error) {
	s, who, err := t.place(in)
	if err != nil {
		return outcome{}, err
	}
	if in.Emoji == "" {
		return outcome{}, fmt.Errorf("no emoji in it: %w", errRequest)
	}
	t.noteChosen(s, in.Chat)
	if err := s.world.React(who.id, in.Chat, in.Message, in.Emoji, in.On); err != nil {
		return outcome{}, err
	}
	t.noteTried(s, in.Chat)
	return outcome{}, nil
}

func (t *Table) press(in request) (outcome, error) {
	s, who, err := t.place(in)
	if err != nil {
		return outcome{}, err
	}
	t.noteChosen(s, in.Chat)
	if err := s.world.Press(who.id, in.Chat, in.Message, in.N); err != nil {
		return outcome{}, err
	}
	return outcome{}, nil
}

// vote sets what somebody chooses in a poll, or takes it back.
func (t *Table) vote(in request) (outcome, error) {
	s, who, err := t.place(in)
	if err != nil {
		return outcome{}, err
	}
	var options []int
	if in.On {
		options = []int{in.N}
	}
	return outcome{}, s.world.CastVote(who.id, in.Chat, in.Message, options...)
}

// media collects what a request brings: the visitor's own files and our samples.
func (t *Table) media(in request) ([]world.Media, error) {
	var out []world.Media
	switch in.Sample {
	case "":
	case "picture":
		out = append(out, t.samples.Picture())
	case "voice":
		out = append(out, t.samples.Voice())
	case "poll", "place": // see sampleThing
	default:
		return nil, fmt.Errorf("no sample of that name: %w", errRequest)
	}
	if len(in.Files) > maxFiles {
		return nil, fmt.Errorf("more than %d files at once: %w", maxFiles, errRequest)
	}
	for _, f := range in.Files {
		if len(f.Data) == 0 || len(f.Data) > maxFile {
			return nil, fmt.Errorf("a file is empty or larger than %s: %w", chat.SizeText(maxFile), errRequest)
		}
		out = append(out, received(f))
	}
	return out, nil
}

// received says what a file is by its bytes; what its name claims does not count.
func received(f upload) world.Media {
	kind := http.DetectContentType(f.Data)
	m := world.Media{Kind: chat.File, Name: f.Name, MIME: kind, Bytes: f.Data}
	switch {
	case kind == "image/gif":
		m.Kind = chat.Animation
	case kind == "image/png" || kind == "image/jpeg" || kind == "image/webp":
		m.Kind = chat.Photo
	case kind == "application/ogg":
		m.Kind, m.MIME = chat.Audio, "audio/ogg"
	case strings.HasPrefix(kind, "audio/"):
		m.Kind = chat.Audio
	case strings.HasPrefix(kind, "video/"):
		m.Kind = chat.Video
	}
	return m
}
