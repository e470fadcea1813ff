package matrix

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"maunium.net/go/mautrix"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// mediaKey is the field of a content that says which file of which platform it shows.
const mediaKey = "chat.potluck.media"

// edit gives a message new content: file by file, text by text; what is left over is taken away, what is
// missing is sent.
func (j *job) edit(ctx context.Context, e chat.Edit) (adapters.Receipt, error) {
	ids, err := j.refsOf(e.Target)
	if err != nil {
		return j.r, err
	}
	text, files := split(e.Text, e.Parts)
	if text.Plain == "" && len(files) == 0 {
		return j.r, refuse(chat.Invalid, "the message is empty")
	}
	old, err := j.living(ctx, ids)
	if err != nil {
		return j.r, err
	}
	oldFiles, oldTexts, err := j.sort(old)
	if err != nil {
		return j.r, err
	}
	for _, p := range files[min(len(files), len(oldFiles)):] {
		text = below(text, chat.Plain(p.Describe()))
		j.note(string(p.Kind) + " told in a line, an edit cannot add it")
	}
	files = files[:min(len(files), len(oldFiles))]
	v := j.voiceOf(old[0].sender, e.As)
	texts := pieces(text, v.name)
	captioned := len(files) > 0 && len(texts) <= 1
	if captioned {
		texts = nil
	}
	for i, p := range files {
		caption := chat.Text{}
		if captioned && i == 0 {
			caption = text
		}
		if err := j.editFile(ctx, v, e.As, oldFiles[i], p, caption); err != nil {
			return j.r, err
		}
	}
	for i, t := range texts {
		if i < len(oldTexts) {
			err = j.replace(ctx, v, oldTexts[i].id, j.textContent(v, e.As, t, ""))
		} else {
			err = j.sendText(ctx, v, e.As, "t"+strconv.Itoa(i), t, "")
		}
		if err != nil {
			return j.r, err
		}
	}
	if e.As == nil {
		if err := j.reoffer(ctx, e.Choices, j.lasting(oldFiles[:len(files)], oldTexts[:min(len(texts), len(oldTexts))])); err != nil {
			return j.r, err
		}
	}
	surplus := append(oldFiles[len(files):], oldTexts[min(len(texts), len(oldTexts)):]...)
	for _, o := range surplus {
		if err := j.takeAway(ctx, o.sender, o.id); err != nil {
			return j.r, err
		}
	}
	return j.r, nil
}

// lasting returns the events that an edited message consists of: those that were kept and those that were added.
func (j *job) lasting(files, texts []standing) []string {
	var ids []string
	for _, o := range append(slices.Clone(files), texts...) {
		ids = append(ids, o.id)
	}
	for _, r := range j.r.Refs {
		ids = append(ids, r.ID)
	}
	return ids
}

// sort tells files from texts; what is not ours nobody can edit for its author.
func (j *job) sort(old []standing) (files, texts []standing, err error) {
	for _, o := range old {
		switch {
		case !j.a.isOurs(o.sender):
			return nil, nil, refuse(chat.Forbidden, "only %s can edit the message", o.sender)
		case o.url != "":
			files = append(files, o)
		default:
			texts = append(texts, o)
		}
	}
	return files, texts, nil
}

// voiceOf returns the voice that a message was sent with: an edit must have the same.
func (j *job) voiceOf(sender string, as *chat.Person) voice {
	v := voice{user: sender}
	if sender == j.a.config.User && as != nil {
		v.name = nameOfPerson(*as)
	}
	return v
}

// editFile changes the caption of a file, and the file where it is another.
func (j *job) editFile(ctx context.Context, v voice, as *chat.Person, old standing, p chat.Part, caption chat.Text) error {
	uri := old.url
	if old.media != keyOf(p.Media) {
		fresh, err := j.a.carry(ctx, j.s, v.user, p.Media)
		if err != nil && !isLost(err) {
			return err
		}
		if err == nil {
			uri = fresh
		} else {
			caption = below(caption, chat.Plain(p.Describe()))
			j.note("new " + string(p.Kind) + " told in a line")
		}
	}
	c := fileContent(p, uri, render(caption, v.name), false)
	j.dress(c, v, as, "")
	return j.replace(ctx, v, old.id, c)
}

// replace sends an edit of one event. Clients that do not know edits show its own body.
func (j *job) replace(ctx context.Context, v voice, id string, content map[string]any) error {
	outer := map[string]any{
		"msgtype": content["msgtype"], "body": "* " + content["body"].(string), "m.new_content": content,
		"m.relates_to": map[string]string{"rel_type": "m.replace", "event_id": id}, "m.mentions": map[string]any{},
		originKey: originOf(j.d.ID, "e"+id),
	}
	for _, k := range []string{"url", "info", "filename", "format"} {
		if value, ok := content[k]; ok {
			outer[k] = value
		}
	}
	if html, ok := content["formatted_body"].(string); ok {
		outer["formatted_body"] = "* " + html
	}
	_, err := j.put(ctx, v.user, "m.room.message", transactionOf(originOf(j.d.ID, "e"+id)), outer)
	return err
}

// delete takes away a message with all its edits: their content would stay readable. One that is gone
// already is as it should be.
func (j *job) delete(ctx context.Context, e chat.Delete) error {
	ids, err := j.refsOf(e.Target)
	if err != nil {
		return err
	}
	old, were, err := j.find(ctx, ids)
	if err != nil {
		return err
	}
	if len(old)+were == 0 {
		return refuse(chat.NotFound, "there is no such message")
	}
	for _, o := range old {
		if err := j.takeAway(ctx, o.sender, o.id); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) takeAway(ctx context.Context, sender, id string) error {
	edits, err := j.related(ctx, id, "m.replace", "m.room.message")
	if err != nil {
		return err
	}
	for _, e := range edits {
		if err := j.redact(ctx, e.Sender, e.ID); err != nil {
			return err
		}
	}
	return j.redact(ctx, sender, id)
}

// maxRelated is how many pages of related events are read.
const maxRelated = 20

// related returns the events that relate to another, newest first.
func (j *job) related(ctx context.Context, id, rel, kind string) ([]rawEvent, error) {
	var out []rawEvent
	from := ""
	for range maxRelated {
		pg, err := j.relatedPage(ctx, id, rel, kind, from)
		if statusOf(err) == http.StatusNotFound {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, decodeEvents(pg.Chunk)...)
		if pg.Next == "" || len(pg.Chunk) == 0 {
			return out, nil
		}
		from = pg.Next
	}
	return out, nil
}

type relatedPage struct {
	page
	Next string `json:"next_batch"`
}

func (j *job) relatedPage(ctx context.Context, id, rel, kind, from string) (relatedPage, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	q := map[string]string{"limit": "100"}
	if from != "" {
		q["from"] = from
	}
	bot := j.s.bot
	var out relatedPage
	_, err := bot.MakeRequest(ctx, http.MethodGet,
		bot.BuildURLWithQuery(mautrix.ClientURLPath{"v1", "rooms", j.room, "relations", id, rel, kind}, q), nil, &out)
	return out, err
}
