package matrix

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func TestSealedFileIsOpenedByItsAddress(t *testing.T) {
	plain := []byte("bread, soup and cake")
	b := bytes.Clone(plain)
	address := "mxc://localhost/abc" + sealFile(b)
	if bytes.Equal(b, plain) {
		t.Fatal("the file was not sealed")
	}
	content, err := json.Marshal(sealedContent(map[string]any{"url": address, "body": "list", "m.new_content": map[string]any{"url": address}}))
	if err != nil {
		t.Fatal(err)
	}
	c := objectOf(content)
	if c.has("url") || c.sub("m.new_content").has("url") {
		t.Errorf("an address is left in the open: %s", content)
	}
	for _, o := range []object{c, c.sub("m.new_content")} {
		if got := addressOf(o); got != address {
			t.Errorf("read back as %q, want %q", got, address)
		}
	}
	uri, f, ok := splitFile(address)
	if !ok || uri != "mxc://localhost/abc" || f == nil {
		t.Fatalf("split into %q, %v, %v", uri, f, ok)
	}
	r, err := unsealed(io.NopCloser(bytes.NewReader(b)), f)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(r); !bytes.Equal(got, plain) {
		t.Errorf("opened as %q", got)
	}
}

// FuzzFileAddress looks whether an address that is taken names one file, and is the same when it went through a message.
func FuzzFileAddress(f *testing.F) {
	f.Add("mxc://localhost/abc")
	f.Add("mxc://localhost/abc" + sealFile([]byte("x")))
	f.Add("mxc://localhost/abc#a.b.c")
	f.Add("mxc://localhost/abc##")
	f.Fuzz(func(t *testing.T, address string) {
		uri, opener, ok := splitFile(address)
		if !ok {
			return
		}
		if !isMXC(uri) || strings.Contains(uri, "#") || opener == nil && uri != address {
			t.Fatalf("%q was taken as %q", address, uri)
		}
		content, err := json.Marshal(sealedContent(map[string]any{"url": address}))
		if err != nil {
			t.Fatal(err)
		}
		if got := addressOf(objectOf(content)); got != address {
			t.Errorf("%q came back as %q", address, got)
		}
	})
}

// FuzzEncryptedFile looks whether what strangers write about a file is either taken whole or not at all.
func FuzzEncryptedFile(f *testing.F) {
	f.Add([]byte(`{"file":{"url":"mxc://a/b","v":"v2","iv":"AAAAAAAAAAAAAAAAAAAAAA","hashes":{"sha256":"x"},"key":{"k":"y","alg":"A256CTR"}}}`))
	f.Add([]byte(`{"file":[],"url":3}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		address := addressOf(objectOf(content))
		if address == "" {
			return
		}
		if _, _, ok := splitFile(address); !ok {
			t.Errorf("%q is no address", address)
		}
	})
}
