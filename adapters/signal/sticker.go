package signal

import (
	"bytes"
	"context"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// stickerTime is how long the daemon may take for a sticker; it has it on its disk.
const stickerTime = 5 * time.Second

// stickerPart is a sticker. The message names it and does not say what its file is, so that is looked at; where the
// daemon does not have it, it is taken for the usual.
func (a *Adapter) stickerPart(ctx context.Context, c *client, s sticker) chat.Part {
	p := chat.Part{Kind: chat.Sticker, Media: chat.Media{
		Platform: chat.Signal, Key: stickerKey(s.PackID, s.ID), Name: "sticker.webp", MIME: "image/webp",
	}}
	if c == nil {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, stickerTime)
	defer cancel()
	params := a.params()
	params["packId"], params["stickerId"] = s.PackID, s.ID
	var out struct {
		Data []byte `json:"data"`
	}
	if err := c.call(ctx, "getSticker", params, &out); err != nil {
		a.log.Debug("sticker not looked at", "error", err)
		return p
	}
	p.Media.Size = int64(len(out.Data))
	if kind, width, height := readPNG(out.Data); kind != "" {
		p.Media.Name, p.Media.MIME, p.Media.Width, p.Media.Height = "sticker.png", kind, width, height
	}
	return p
}

// readPNG tells whether a file is a PNG ("image/png") or one that moves ("image/apng"), and how large it is; empty
// for what is neither. Stickers that move are of this kind on Signal.
func readPNG(b []byte) (kind string, width, height int) {
	rest, ok := bytes.CutPrefix(b, []byte("\x89PNG\r\n\x1a\n"))
	if !ok {
		return "", 0, 0
	}
	kind = "image/png"
	for len(rest) >= 8 {
		size, name := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		switch {
		case name == "IHDR" && len(rest) >= 16:
			width, height = int(binary.BigEndian.Uint32(rest[8:])&0x7fffffff), int(binary.BigEndian.Uint32(rest[12:])&0x7fffffff)
		case name == "acTL":
			return "image/apng", width, height
		case name == "IDAT":
			return kind, width, height // the mark of movement stands before the picture
		}
		if int64(len(rest)) < size+12 {
			break
		}
		rest = rest[size+12:]
	}
	return kind, width, height
}

// stickerKey is the media key of a sticker, readStickerKey its reverse.
func stickerKey(pack string, id int) string { return "sticker/" + pack + "/" + strconv.Itoa(id) }

func readStickerKey(key string) (pack string, id int, ok bool) {
	rest, ok := strings.CutPrefix(key, "sticker/")
	if !ok {
		return "", 0, false
	}
	pack, number, ok := strings.Cut(rest, "/")
	id, err := strconv.Atoi(number)
	return pack, id, ok && err == nil
}
