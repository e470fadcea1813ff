package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/potluck-chat/potluck/adapters"
)

// maxUpdate is the most bytes of one update.
const maxUpdate = 1 << 20

type webhookParams struct {
	URL     string   `json:"url"`
	Secret  string   `json:"secret_token"`
	Allowed []string `json:"allowed_updates"`
}

// serveWebhook listens, tells Telegram where, and serves until ctx ends. The webhook stays set: updates wait
// at Telegram until we are back.
func (a *Adapter) serveWebhook(ctx context.Context, in adapters.In) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.config.WebhookListen)
	if err != nil {
		return fmt.Errorf("listen for telegram's webhook on %s: is the address free and ours? %w", a.config.WebhookListen, err)
	}
	address, err := url.Parse(a.config.WebhookURL)
	if err != nil {
		return errors.Join(errors.New("read webhook_url"), listener.Close())
	}
	server := &http.Server{
		Handler: a.webhookHandler(ctx, in, address.Path), ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout: time.Minute, IdleTimeout: 5 * time.Minute,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener); close(served) }()
	defer func() { <-served }()
	fatal := a.setWebhook(ctx)
	if fatal == nil {
		fatal = a.untilServed(ctx, in, served)
	}
	// The handlers end with ctx; who got no answer posts again.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		_ = server.Close()
	}
	return fatal
}

func (a *Adapter) untilServed(ctx context.Context, in adapters.In, served <-chan error) error {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			a.note(time.Now())
			return nil
		case err := <-served:
			return fmt.Errorf("serve telegram's webhook: %w", err)
		case <-ticker.C:
			a.note(time.Now())
			if a.short(ctx, "getMe", struct{}{}, nil) == nil {
				a.beat()
			}
			a.tellMissed(ctx, in)
		}
	}
}

// setWebhook tells Telegram where to post, for as long as it takes.
func (a *Adapter) setWebhook(ctx context.Context) error {
	for wait := newBackoff(); ctx.Err() == nil; {
		err := a.short(ctx, "setWebhook", webhookParams{a.config.WebhookURL, a.config.WebhookSecret, asked()}, nil)
		if err == nil {
			return nil
		}
		if fatal := a.mend(err); fatal != nil {
			return fatal
		}
		if e := refusal(err); e != nil && e.code == http.StatusBadRequest {
			return fmt.Errorf("telegram does not take the webhook: look at webhook_url in the config: %w", err)
		}
		a.complain(ctx, err, wait)
		wait.pause(ctx, askedWait(err))
	}
	return nil
}

// webhookHandler takes one update a request. It answers 200, with nothing in it, only when the update's
// events are durable; a body with a method in it would be carried out as a call.
func (a *Adapter) webhookHandler(run context.Context, in adapters.In, path string) http.Handler {
	secret := sha256.Sum256([]byte(a.config.WebhookSecret))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path != "" && r.URL.Path != path && r.URL.Path != path+"/" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		told := sha256.Sum256([]byte(r.Header.Get("X-Telegram-Bot-Api-Secret-Token")))
		if subtle.ConstantTimeCompare(told[:], secret[:]) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method != http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpdate))
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			// It would come again for a day: it is dropped, loudly.
			a.log.Error("telegram posted an update over 1 MiB; it is dropped")
			w.WriteHeader(http.StatusOK)
			return
		case err != nil || !json.Valid(raw):
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if a.isEarly(raw) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(run, cancel)()
		if _, ok := a.take(ctx, in, []json.RawMessage{raw}); !ok {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

// maxEarly is how often a reaction is sent away to wait for its message.
const maxEarly = 3

// isEarly tells of a reaction that has overtaken its message: Telegram delivers them side by side. It is sent
// away and comes again, a few times at most.
func (a *Adapter) isEarly(raw json.RawMessage) bool {
	var u struct {
		ID       int64       `json:"update_id"`
		Reaction rawReaction `json:"message_reaction"`
	}
	if json.Unmarshal(raw, &u) != nil || u.Reaction.MessageID == 0 || !a.memory.isAhead(u.Reaction.Chat.ID, u.Reaction.MessageID) {
		return false
	}
	times, _ := a.early.get(u.ID)
	a.early.put(u.ID, times+1)
	return times < maxEarly
}
