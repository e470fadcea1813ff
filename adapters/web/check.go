package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/potluck-chat/potluck/adapters"
)

// checkTalk is the longest that Check waits for the way from outside.
const checkTalk = 10 * time.Second

// aliveWord makes what a Potluck with this folder answers at /alive.
const aliveWord = "alive"

// Check opens the public address as a visitor does and sees whether it leads here: to a Potluck that runs with this
// folder, or, if none does, to a listener that Check opens for a moment. It changes nothing.
func (t *Talk) Check(ctx context.Context) []adapters.Finding {
	ctx, cancel := context.WithTimeout(ctx, checkTalk)
	defer cancel()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", t.config.Listen)
	if err != nil && !errors.Is(err, syscall.EADDRINUSE) {
		return []adapters.Finding{{
			What: fmt.Sprintf("Potluck cannot listen at web.talk_listen, %s: %v", t.config.Listen, err),
			Do:   "write an address of this machine with a port above 1024",
		}}
	}
	var want string
	if err == nil {
		want = newToken()
		defer alive(listener, want)()
	} else {
		k, err := readKey(t.config.Dir)
		if err != nil {
			return []adapters.Finding{{
				What: fmt.Sprintf("something listens at web.talk_listen, %s, and it is no Potluck with this data folder", t.config.Listen),
				Do:   "end that program, or write another port into web.talk_listen and let the proxy send there",
			}}
		}
		want = k.secret(aliveWord)
	}
	if u, _ := url.Parse(t.config.Address); isOnion(u.Hostname()) {
		return []adapters.Finding{{OK: true, What: t.config.Address + " is an onion address: open it in Tor Browser to see whether it leads here"}}
	}
	return []adapters.Finding{t.reach(ctx, want)}
}

// reach asks the public address who is there.
func (t *Talk) reach(ctx context.Context, want string) adapters.Finding {
	got, err := fetch(ctx, t.config.Address+"/alive")
	switch {
	case err != nil:
		return adapters.Finding{
			What: fmt.Sprintf("%s cannot be opened from here: %v", t.config.Address, err),
			Do:   "let the name lead to this machine, and a proxy with https send what it gets to http://" + t.config.Listen,
		}
	case got != want:
		return adapters.Finding{
			What: t.config.Address + " leads somewhere else, or to a Potluck with another data folder",
			Do:   "let the proxy send everything for that name to http://" + t.config.Listen,
		}
	}
	return adapters.Finding{OK: true, What: t.config.Address + " leads here"}
}

func fetch(ctx context.Context, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", fmt.Errorf("make request: %w", err)
	}
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("open page: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
	if err != nil {
		return "", fmt.Errorf("read page: %w", err)
	}
	return string(raw), nil
}

// alive answers with a word until stop is called.
func alive(listener net.Listener, word string) (stop func()) {
	server := &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, word) // who has gone needs no answer
		}),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends when it is closed
	}()
	return func() {
		_ = server.Close()
		<-served
	}
}
