package adaptertest

import (
	"reflect"
	"runtime"
	"strings"
	"time"
)

// endPromises are about stopping.
func endPromises() []promise {
	return []promise{
		{name: "cancel ends run within a second", keep: cancelEndsRun},
		{name: "no goroutine is left", keep: noGoroutineLeft},
	}
}

func cancelEndsRun(s *stage) {
	s.start()
	s.stop() // before it can have connected
	s.renew()
	g := s.gather()
	s.stop() // while it waits for something to happen
	s.renew()
	s.start()
	s.listening(g)
}

// noGoroutineLeft looks for the adapter's own code on any stack after its Run has ended.
func noGoroutineLeft(s *stage) {
	g := s.gather()
	s.send(g.chat, "bread from afar")
	s.hearPosted(s.saying(g.ana, g.chat, "thank you"))
	s.stop()
	var left []string
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); s.breathe() {
		if left = goroutinesOf(reflect.TypeOf(s.adapter)); len(left) == 0 {
			return
		}
	}
	s.t.Errorf("%d goroutines of the adapter are left after run:\n%s", len(left), strings.Join(left, "\n\n"))
}

// goroutinesOf returns the stacks of goroutines that run a type's package or were started by it, without
// the tests'.
func goroutinesOf(of reflect.Type) []string {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	buf := make([]byte, 1<<22)
	var out []string
	for _, stack := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, of.PkgPath()+".") && !strings.Contains(stack, "testing.tRunner(") {
			out = append(out, stack)
		}
	}
	return out
}
