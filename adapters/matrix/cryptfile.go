package matrix

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/attachment"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// In an encrypted room a file lies on the server as noise, and the message tells what opens it. We write both
// as one address: mxc://server/id#key.vector.digest, each part in unpadded URL-safe base64.

// splitFile takes such an address apart; the second part is nil where the file lies in the open. It returns
// false for what is no address of a file.
func splitFile(address string) (uri string, f *attachment.EncryptedFile, ok bool) {
	uri, opener, sealed := strings.Cut(address, "#")
	if !isMXC(uri) {
		return "", nil, false
	}
	if !sealed {
		return uri, nil, true
	}
	parts := strings.Split(opener, ".")
	if len(parts) != 3 || !isBytes(parts[0], 32) || !isBytes(parts[1], 16) || !isBytes(parts[2], 32) {
		return "", nil, false
	}
	f = &attachment.EncryptedFile{InitVector: standard(parts[1]), Version: "v2"}
	f.Key = attachment.JSONWebKey{
		Key: parts[0], Algorithm: "A256CTR", Extractable: true, KeyType: "oct", KeyOps: []string{"encrypt", "decrypt"},
	}
	f.Hashes.SHA256 = standard(parts[2])
	return uri, f, true
}

// isBytes tells whether s is n bytes as we write them.
func isBytes(s string, n int) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == n
}

// standard and urlSafe turn one alphabet of base64 into the other.
func standard(s string) string { return strings.NewReplacer("-", "+", "_", "/").Replace(s) }

func urlSafe(s string) string { return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(s) }

// sealFile makes noise of a file, in place, and returns what must stand behind its address.
func sealFile(b []byte) string {
	f := attachment.NewEncryptedFile()
	f.EncryptInPlace(b)
	return "#" + f.Key.Key + "." + urlSafe(f.InitVector) + "." + urlSafe(f.Hashes.SHA256)
}

// sealedContent returns a content as it is written into an encrypted room: with the files' openers where
// clients look for them. Other contents are returned as they are.
func sealedContent(c map[string]any) map[string]any {
	out := maps.Clone(c)
	if inner, ok := out["m.new_content"].(map[string]any); ok {
		out["m.new_content"] = sealedContent(inner)
	}
	address, _ := out["url"].(string)
	uri, f, ok := splitFile(address)
	if !ok || f == nil {
		return out
	}
	delete(out, "url")
	out["file"] = map[string]any{
		"url": uri, "v": f.Version, "iv": f.InitVector, "hashes": map[string]string{"sha256": f.Hashes.SHA256},
		"key": map[string]any{"k": f.Key.Key, "alg": f.Key.Algorithm, "ext": true, "kty": f.Key.KeyType, "key_ops": f.Key.KeyOps},
	}
	return out
}

// addressOf returns where the file of a message is, as one address; empty if it has none that can be opened.
func addressOf(c object) string {
	f := c.sub("file")
	if f == nil {
		if uri := c.str("url"); isMXC(uri) {
			return uri
		}
		return ""
	}
	key := f.sub("key")
	if f.str("v") != "v2" || key.str("alg") != "A256CTR" {
		return ""
	}
	address := f.str("url") + "#" + urlSafe(key.str("k")) + "." + urlSafe(f.str("iv")) + "." + urlSafe(f.sub("hashes").str("sha256"))
	if _, opener, ok := splitFile(address); !ok || opener == nil {
		return ""
	}
	return address
}

// packed makes the upload of a file, and what must stand behind its address: in an encrypted room the server gets
// noise, and learns neither name nor kind.
func (a *Adapter) packed(ctx context.Context, s *session, room string, b []byte, m chat.Media) (mautrix.ReqUploadMedia, string, error) {
	encrypted, err := a.isEncrypted(ctx, s, room)
	if err != nil || !encrypted || !s.reads() {
		return mautrix.ReqUploadMedia{ContentBytes: b, ContentType: mimeOf(m), FileName: fileName(m)}, "", err
	}
	opener := sealFile(b)
	return mautrix.ReqUploadMedia{ContentBytes: b, ContentType: "application/octet-stream"}, opener, nil
}

// unsealed reads a file that lies on the server as noise and returns it as it was: all of it, because only the
// end tells whether somebody has changed it on the way.
func unsealed(r io.ReadCloser, f *attachment.EncryptedFile) (io.ReadCloser, error) {
	b, err := io.ReadAll(r)
	err = errors.Join(err, r.Close())
	switch {
	case errors.Is(err, adapters.ErrTooLarge):
		return nil, adapters.Refused(chat.TooLarge, err)
	case err != nil:
		return nil, adapters.Retry(0, fmt.Errorf("read file: %w", err))
	}
	if err := f.DecryptInPlace(b); err != nil {
		return nil, refuse(chat.Invalid, "the encrypted file is not what its message says: %w", err)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}
