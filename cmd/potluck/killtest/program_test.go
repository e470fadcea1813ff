package killtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// binary is the program, built once for all tests of the package.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "potluck-killtest-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "potluck")
	out, err := exec.Command("go", "build", "-o", path, "github.com/potluck-chat/potluck/cmd/potluck").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built {
		if path, err := binary(); err == nil {
			_ = os.RemoveAll(filepath.Dir(path))
		}
	}
	os.Exit(code)
}

// built says that a test has asked for the binary.
var built bool

// program is the process, started again and again with the same config.
type program struct {
	t       *testing.T
	path    string
	config  string
	pages   string // the address of its pages
	log     *os.File
	running *exec.Cmd
	ended   chan error
}

func newProgram(t *testing.T, config, pages string) *program {
	t.Helper()
	built = true
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "potluck.log"))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, path: path, config: config, pages: pages, log: log}
	t.Cleanup(func() {
		if p.running != nil {
			_ = p.running.Process.Kill()
			<-p.ended
		}
		if t.Failed() {
			t.Logf("what the program complains of:\n%s", p.complaints())
		}
		_ = log.Close()
	})
	return p
}

// start starts the process and returns at once.
func (p *program) start() {
	p.t.Helper()
	p.running = exec.Command(p.path, "run", "-config", p.config)
	p.running.Stdout, p.running.Stderr = p.log, p.log
	p.running.Env = append(os.Environ(), "POTLUCK_UNPACED=1") // the pretended messengers take any pace
	if err := p.running.Start(); err != nil {
		p.t.Fatalf("start the program: %v", err)
	}
	running, ended := p.running, make(chan error, 1)
	p.ended = ended
	go func() { ended <- running.Wait() }()
}

// kill ends the process as the kernel does, without a word, and returns when it was done.
func (p *program) kill() time.Time {
	p.t.Helper()
	select {
	case err := <-p.ended:
		p.t.Fatalf("the program ended by itself: %v\n%s", err, p.complaints())
	default:
	}
	at := time.Now()
	if err := p.running.Process.Kill(); err != nil {
		p.t.Fatalf("kill the program: %v", err)
	}
	<-p.ended
	p.running = nil
	return at
}

// stop asks the process to end and checks that it does so in time and well.
func (p *program) stop() {
	p.t.Helper()
	if err := p.running.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatalf("stop the program: %v", err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("the program ended with %v when asked to end, want exit code 0", err)
		}
	case <-time.After(15 * time.Second):
		p.t.Fatal("the program does not end within 15 s")
	}
	p.running = nil
}

// ready waits until the program says that it is ready.
func (p *program) ready() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := p.ask(ctx, "/ready"); err == nil {
			return
		}
		select {
		case err := <-p.ended:
			p.t.Fatalf("the program ended by itself: %v\n%s", err, p.complaints())
		case <-ctx.Done():
			p.t.Fatal("the program is not ready within 20 s")
		case <-tick.C:
		}
	}
}

func (p *program) ask(ctx context.Context, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.pages+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// call runs another verb of the program and returns what it prints.
func (p *program) call(args ...string) string {
	p.t.Helper()
	args = append(args[:1:1], append([]string{"-config", p.config}, args[1:]...)...)
	cmd := exec.Command(p.path, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("potluck %s: %v\n%s", args[0], err, errs.Bytes())
	}
	return out.String()
}

// memory returns how much memory the process holds now, in 10^6 bytes; 0 where the kernel does not tell.
func (p *program) memory() float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.running.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(raw) {
		f := bytes.Fields(line)
		if len(f) == 3 && string(f[0]) == "VmRSS:" {
			kib, _ := strconv.ParseFloat(string(f[1]), 64)
			return kib * 1024 / 1e6
		}
	}
	return 0
}

// complaints returns the warnings and errors of the program's log, not too many, and its end.
func (p *program) complaints() []byte {
	raw, err := os.ReadFile(p.log.Name())
	if err != nil {
		return []byte(err.Error())
	}
	var out []byte
	for line := range bytes.Lines(raw) {
		if !bytes.Contains(line, []byte("level=INFO")) && len(out) < 10_000 {
			out = append(out, line...)
		}
	}
	return append(append(out, "…\n"...), raw[max(0, len(raw)-1000):]...)
}
