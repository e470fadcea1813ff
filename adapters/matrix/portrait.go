package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

const (
	// portraitKey is the ghost's account data that says which picture it has.
	portraitKey = "chat.potluck.portrait"
	// maxPortrait is the most bytes of a picture of somebody.
	maxPortrait = 4 << 20
	// portraitAge is how long a picture counts as fresh, portraitPause how long after a failure it is tried again.
	portraitAge, portraitPause = 24 * time.Hour, time.Hour
	// mostPortraits is how many ghosts may wait for their picture; those beyond wait until they speak again.
	mostPortraits = 500
	// maxPictures is how many ghosts and pictures are remembered.
	maxPictures = 10_000
)

// pictures gives to ghosts the pictures of the people that they stand for, beside all else: no message waits for one.
type pictures struct {
	mu      sync.Mutex // guards all below
	waiting []likeness
	looked  map[string]look   // ghost → when its picture is to be looked at again
	held    map[string]string // sum of a picture → its address on the homeserver
	rung    chan struct{}
}

// likeness is a ghost that wants a picture.
type likeness struct {
	ghost string
	who   chat.Identity
	name  string
}

type look struct {
	name string
	next time.Time
}

func newPictures() *pictures {
	return &pictures{looked: map[string]look{}, held: map[string]string{}, rung: make(chan struct{}, 1)}
}

// want asks for a ghost's picture, if that has not been looked at for a day, or its person has a new name since then.
func (p *pictures) want(l likeness, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if was, ok := p.looked[l.ghost]; ok && was.name == l.name && was.next.After(now) || len(p.waiting) >= mostPortraits {
		return
	}
	p.note(l, now.Add(portraitAge))
	p.waiting = append(p.waiting, l)
	select {
	case p.rung <- struct{}{}:
	default: // somebody is at work
	}
}

// note remembers when a ghost's picture is to be looked at again. The caller holds the lock.
func (p *pictures) note(l likeness, next time.Time) {
	if len(p.looked) >= maxPictures {
		clear(p.looked)
	}
	p.looked[l.ghost] = look{name: l.name, next: next}
}

func (p *pictures) again(l likeness, next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(l, next)
}

// take returns the ghost that waits longest.
func (p *pictures) take() (likeness, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		return likeness{}, false
	}
	l := p.waiting[0]
	p.waiting = slices.Delete(p.waiting, 0, 1)
	return l, true
}

func (p *pictures) addressOf(sum string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held[sum]
}

func (p *pictures) hold(sum, uri string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.held) >= maxPictures {
		clear(p.held)
	}
	p.held[sum] = uri
}

// paint gives pictures to ghosts until ctx ends.
func (a *Adapter) paint(ctx context.Context) {
	for {
		l, ok := a.pictures.take()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-a.pictures.rung:
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		next, err := a.portray(ctx, l)
		if err != nil {
			a.log.Debug("a ghost keeps the picture it has", "error", brief(err))
			next = time.Now().Add(max(portraitPause, retryAfter(err)))
		}
		a.pictures.again(l, next)
	}
}

// likenessData is what a ghost's account data says of its picture; it is empty if its person has none.
type likenessData struct {
	Sum    string `json:"sum,omitempty"`
	URI    string `json:"uri,omitempty"`
	Name   string `json:"name"`
	Looked int64  `json:"looked"` // when, in milliseconds
}

// portray gives one ghost the picture of its person, if that is another than it has, and returns when to look again.
func (a *Adapter) portray(ctx context.Context, l likeness) (time.Time, error) {
	s, err := a.connect(ctx)
	if err != nil {
		return time.Time{}, err
	}
	cli, err := a.as(s, l.ghost)
	if err != nil {
		return time.Time{}, err
	}
	has, err := likenessOf(ctx, cli)
	if err != nil {
		return time.Time{}, err
	}
	now := time.Now()
	if next := timeOf(has.Looked).Add(portraitAge); has.Name == l.name && next.After(now) {
		return next, nil
	}
	picture, mime, err := a.picture(ctx, l.who)
	if err != nil {
		return time.Time{}, err
	}
	is := likenessData{Name: l.name, Looked: now.UnixMilli()}
	if picture != nil {
		sum := sha256.Sum256(picture)
		is.Sum, is.URI = base64.RawURLEncoding.EncodeToString(sum[:]), has.URI
	}
	if is.Sum != has.Sum {
		if is.URI, err = a.hang(ctx, cli, is.Sum, picture, mime); err != nil {
			return time.Time{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := cli.SetAccountData(ctx, portraitKey, is); err != nil {
		return time.Time{}, err
	}
	return now.Add(portraitAge), nil
}

// likenessOf returns which picture a ghost has.
func likenessOf(ctx context.Context, ghost *mautrix.Client) (likenessData, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var raw json.RawMessage
	err := ghost.GetAccountData(ctx, portraitKey, &raw)
	if statusOf(err) == http.StatusNotFound {
		return likenessData{}, nil
	}
	var has likenessData
	if err == nil {
		_ = json.Unmarshal(raw, &has) // what cannot be read is written anew
	}
	return has, err
}

// picture fetches somebody's picture from his platform; nil if he has none that clients show.
func (a *Adapter) picture(ctx context.Context, who chat.Identity) ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	r, err := a.open(ctx, chat.Portrait(who), maxPortrait)
	if isLost(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	b, err := io.ReadAll(io.LimitReader(r, maxPortrait+1))
	err = errors.Join(err, r.Close())
	if errors.Is(err, adapters.ErrTooLarge) || len(b) > maxPortrait {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	mime := http.DetectContentType(b)
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, mime) {
		return nil, "", nil
	}
	return b, mime, nil
}

// hang makes a picture the ghost's own, uploading it if no ghost has it yet, and returns its address. No picture takes
// away the one it has.
func (a *Adapter) hang(ctx context.Context, ghost *mautrix.Client, sum string, picture []byte, mime string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	uri := a.pictures.addressOf(sum)
	if picture != nil && uri == "" {
		resp, err := ghost.UploadMedia(ctx, mautrix.ReqUploadMedia{ContentBytes: picture, ContentType: mime, FileName: "portrait"})
		if err != nil {
			return "", err
		}
		uri = resp.ContentURI.String()
		a.pictures.hold(sum, uri)
	}
	_, err := ghost.MakeRequest(ctx, http.MethodPut, ghost.BuildClientURL("v3", "profile", ghost.UserID, "avatar_url"),
		map[string]string{"avatar_url": uri}, nil)
	return uri, err
}

// openPortrait fetches the picture of somebody on Matrix.
func (a *Adapter) openPortrait(ctx context.Context, who chat.Identity, limit int64) (io.ReadCloser, error) {
	if who.Platform != chat.Matrix || !isUserID(who.ID) || a.isOurs(who.ID) {
		return nil, refuse(chat.NotFound, "%q is nobody of Matrix", who.ID)
	}
	s, err := a.connect(ctx)
	if err != nil {
		return nil, failure(err)
	}
	var profile struct {
		URI string `json:"avatar_url"`
	}
	callCtx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err = s.bot.MakeRequest(callCtx, http.MethodGet, s.bot.BuildClientURL("v3", "profile", who.ID, "avatar_url"), nil, &profile)
	if err != nil {
		a.lost(s, err)
		return nil, failure(err)
	}
	if !isMXC(profile.URI) {
		return nil, refuse(chat.NotFound, "%s has no picture", who.ID)
	}
	return a.Open(ctx, chat.Media{Platform: chat.Matrix, Key: profile.URI}, limit)
}
