//go:build dendrite

package matrix_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest"
	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest/worldtest"
)

const dendriteSecret = "sekrit"

// dendrite is a real homeserver for as long as a test runs.
type dendrite struct {
	url    string
	server string // the part behind the colon of every id
	secret string // for registration by shared secret
	reg    matrixtest.Registration
	// regFile is where the registration lies.
	regFile string
}

// dendriteBinary builds the pinned homeserver, once per version and Go, and returns its path.
func dendriteBinary(t *testing.T) string {
	t.Helper()
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, f := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join("dendrite", f))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(b)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "potluck-dendrite", "v0.15.2-"+hex.EncodeToString(sum.Sum(nil))[:16])
	bin := filepath.Join(dir, "dendrite")
	if _, err := os.Stat(bin); err == nil {
		return bin
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	part := bin + ".part"
	build := exec.Command("go", "build", "-trimpath", "-o", part, "github.com/element-hq/dendrite/cmd/dendrite")
	build.Dir = "dendrite"
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build dendrite: %v\n%s", err, out)
	}
	if err := os.Rename(part, bin); err != nil {
		t.Fatal(err)
	}
	return bin
}

// dendriteConfig is SQLite on loopback without federation or rate limits, with passwords that cost little to check.
const dendriteConfig = `version: 2
global:
  server_name: localhost
  private_key: matrix_key.pem
  disable_federation: true
  database: {connection_string: ""}
  cache: {max_size_estimated: 256mb}
  jetstream: {storage_path: ./jetstream, in_memory: true}
  presence: {enable_inbound: false, enable_outbound: false}
app_service_api: {config_files: [registration.yaml]}
client_api:
  registration_disabled: true
  guests_disabled: true
  registration_shared_secret: "` + dendriteSecret + `"
  rate_limiting: {enabled: false}
room_server: {database: {connection_string: "file:roomserver.db"}, default_room_version: "10"}
key_server: {database: {connection_string: "file:keyserver.db"}}
sync_api: {database: {connection_string: "file:syncapi.db"}}
user_api: {bcrypt_cost: 4, account_database: {connection_string: "file:accounts.db"}, device_database: {connection_string: "file:devices.db"}}
federation_api: {database: {connection_string: "file:federationapi.db"}}
media_api: {database: {connection_string: "file:mediaapi.db"}, base_path: ./media, max_file_size_bytes: 10485760}
relay_api: {database: {connection_string: "file:relayapi.db"}}
mscs: {mscs: [], database: {connection_string: "file:mscs.db"}}
logging: [{type: std, level: warn}]
`

// running returns the homeserver that the environment names instead, a Synapse for example; nil if it
// names none. It must have the registration in force and no rate limits:
//
//	POTLUCK_HOMESERVER=http://127.0.0.1:8009 POTLUCK_SERVER_NAME=localhost POTLUCK_SECRET=sekrit \
//	POTLUCK_REGISTRATION=registration.yaml go test -tags dendrite ./adapters/matrix/...
//
// The registration is one that matrixtest.NewRegistration wrote.
func running(t *testing.T) *dendrite {
	t.Helper()
	d := &dendrite{
		url: os.Getenv("POTLUCK_HOMESERVER"), server: os.Getenv("POTLUCK_SERVER_NAME"),
		secret: os.Getenv("POTLUCK_SECRET"), regFile: os.Getenv("POTLUCK_REGISTRATION"),
	}
	if d.url == "" {
		return nil
	}
	b, err := os.ReadFile(d.regFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &d.reg); err != nil {
		t.Fatal(err)
	}
	return d
}

// startDendrite runs the homeserver on a folder in memory until the test ends.
func startDendrite(t *testing.T) *dendrite {
	t.Helper()
	if d := running(t); d != nil {
		return d
	}
	bin := dendriteBinary(t)
	dir, err := os.MkdirTemp(memoryDir(), "dendrite")
	if err != nil {
		t.Fatal(err)
	}
	d := &dendrite{server: "localhost", secret: dendriteSecret, reg: matrixtest.NewRegistration("localhost"), regFile: filepath.Join(dir, "registration.yaml")}
	if err := d.reg.WriteFile(d.regFile); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "dendrite.yaml"), []byte(dendriteConfig))
	write(t, filepath.Join(dir, "matrix_key.pem"), signingKey(t))

	addr := freeAddress(t)
	d.url = "http://" + addr
	var log bytes.Buffer
	cmd := exec.Command(bin, "-config", "dendrite.yaml", "-http-bind-address", addr)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed: its answer says only that
		if t.Failed() {
			t.Logf("dendrite said:\n%s", lastLines(log.String(), 40))
		}
		_ = os.RemoveAll(dir)
	})
	d.waitReady(t)
	return d
}

func memoryDir() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func signingKey(t *testing.T) []byte {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{
		Type: "MATRIX PRIVATE KEY", Headers: map[string]string{"Key-ID": "ed25519:tests"}, Bytes: key.Seed(),
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// waitReady asks until the server answers; a program of others has no other way to tell.
func (d *dendrite) waitReady(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(d.url + "/_matrix/client/versions")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatal("dendrite does not answer")
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// serial makes names of accounts on a server that many tests share.
var serial atomic.Int64

// home makes an account for the bot and returns all that a World needs to know.
func (d *dendrite) home(t *testing.T, ghosts bool) matrixtest.Home {
	t.Helper()
	h := matrixtest.Home{URL: d.url, ServerName: d.server, Secret: d.secret}
	name := fmt.Sprintf("bot%d-%d", time.Now().Unix(), serial.Add(1))
	var err error
	if ghosts {
		h.ASToken = d.reg.AS
		h.BotID, err = matrixtest.RegisterByService(t.Context(), d.url, d.reg, "potluck_"+name)
	} else {
		h.BotID, h.BotPassword, err = matrixtest.Register(t.Context(), d.url, d.secret, name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// fixture is the contract on a real homeserver: a bot and people of its own for each test.
func (d *dendrite) fixture(ghosts bool) func(t *testing.T) adaptertest.Fixture {
	return func(t *testing.T) adaptertest.Fixture {
		h := d.home(t, ghosts)
		g := newGate(t, d.url)
		c := matrix.Config{Homeserver: g.URL(), User: h.BotID, Password: h.BotPassword}
		if ghosts {
			c.Registration = d.regFile
		}
		w := matrixtest.NewWorld(h)
		t.Cleanup(w.Close)
		return adaptertest.Fixture{
			World: w,
			Adapter: func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
				return newAdapter(t, c, open, cursor)
			},
			Outage: g.Down,
		}
	}
}

func TestDendriteWorld(t *testing.T) {
	d := startDendrite(t)
	w := matrixtest.NewWorld(d.home(t, false))
	defer w.Close()
	worldtest.Run(t, w)
	worldtest.Door(t, w)
}

func TestDendriteContractAsOneBot(t *testing.T) {
	d := startDendrite(t)
	adaptertest.Run(t, adaptertest.Subject{Name: "dendrite", New: d.fixture(false), Patience: 15 * time.Second})
}

func TestDendriteContractWithGhosts(t *testing.T) {
	d := startDendrite(t)
	adaptertest.Run(t, adaptertest.Subject{Name: "dendrite with ghosts", New: d.fixture(true), Patience: 15 * time.Second})
}
