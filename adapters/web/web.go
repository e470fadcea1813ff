package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Sample is one measured number.
type Sample struct {
	Name   string // as Prometheus has it: potluck_events_total
	Help   string
	Labels map[string]string
	Value  float64
	// Counter: the number only grows while the process lives; else it is a gauge.
	Counter bool
	// Histogram makes it one: how many were at most so much, for each bound, all in all Value, together Sum.
	Histogram map[float64]uint64
	Sum       float64
}

// Sources are what the pages tell. Both are called for each request and must be quick.
type Sources struct {
	// Problems returns one sentence for each thing that keeps the program from working; none = ready.
	Problems func() []string
	Samples  func() []Sample
}

// Serve listens at an address until ctx ends and then returns nil.
func Serve(ctx context.Context, listen string, s Sources, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen for web: %w", err)
	}
	log.Info("operator's pages", "ready", "http://"+listener.Addr().String()+"/ready")
	server := &http.Server{
		Handler: Handler(s), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		MaxHeaderBytes: 16 << 10,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err = <-done:
		return fmt.Errorf("serve web: %w", err)
	case <-ctx.Done():
		if err := errors.Join(server.Close(), <-done); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("stop web: %w", err)
		}
		return nil
	}
}

// Handler returns the pages.
func Handler(s Sources) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{samples: s.Samples})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if problems := s.Problems(); len(problems) > 0 {
			write(w, http.StatusServiceUnavailable, strings.Join(problems, "\n"))
			return
		}
		write(w, http.StatusOK, "ready")
	})
	return mux
}

func write(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // a reader that has gone needs no answer
}

// collector gives the samples to Prometheus.
type collector struct{ samples func() []Sample }

var _ prometheus.Collector = collector{}

// Describe says nothing: what there is to measure depends on which platforms are on.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect makes a metric of each sample.
func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, s := range c.samples() {
		var names, values []string
		for name := range s.Labels {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			values = append(values, s.Labels[name])
		}
		m, err := s.metric(prometheus.NewDesc(s.Name, s.Help, names, nil), values)
		if err != nil {
			m = prometheus.NewInvalidMetric(prometheus.NewDesc(s.Name, s.Help, nil, nil), err)
		}
		out <- m
	}
}

func (s Sample) metric(desc *prometheus.Desc, labels []string) (prometheus.Metric, error) {
	switch {
	case s.Histogram != nil:
		return prometheus.NewConstHistogram(desc, uint64(s.Value), s.Sum, s.Histogram, labels...)
	case s.Counter:
		return prometheus.NewConstMetric(desc, prometheus.CounterValue, s.Value, labels...)
	}
	return prometheus.NewConstMetric(desc, prometheus.GaugeValue, s.Value, labels...)
}
