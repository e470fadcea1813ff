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
	text, files, things := split(e.Text, e.Parts)
	if text.Plain == "" && len(files)+len(things) == 0 {
		return j.r, refuse(chat.Invalid, "the message is empty")
	}
	old, gone, err := j.find(ctx, ids)
	if err == nil && len(old) == 0 {
		err = refuse(chat.NotFound, "the message is gone")
	}
	if err != nil {
		return j.r, err
	}
	oldFiles, oldTexts, oldThings, err := j.sort(old)
	if err != nil {
		return j.r, err
	}
	v := j.voiceOf(old[0].sender, e.As)
	things, added := alike(things, oldThings)
	files, oldFiles, more := align(files, oldFiles, gone)
	for _, p := range append(added, more...) {
		text = below(text, chat.Plain(p.Describe()))
		j.note(string(p.Kind) + " told in a line, an edit cannot add it")
	}
	text = captionOf(things, v, text)
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
	if err := j.editTexts(ctx, v, e.As, texts, oldTexts, anchor{thread: old[0].thread}); err != nil {
		return j.r, err
	}
	for i, p := range things {
		if err := j.editThing(ctx, v, e.As, oldThings[i], p); err != nil {
			return j.r, err
		}
	}
	if e.As == nil {
		if err := j.reoffer(ctx, e.Choices, j.lasting(oldFiles[:len(files)], oldTexts[:min(len(texts), len(oldTexts))])); err != nil {
			return j.r, err
		}
	}
	surplus := slices.Concat(oldFiles[len(files):], oldTexts[min(len(texts), len(oldTexts)):], oldThings[len(things):])
	for _, o := range surplus {
		if err := j.takeAway(ctx, o.sender, o.id); err != nil {
			return j.r, err
		}
	}
	return j.r, nil
}

// editTexts gives the texts of a message new words, and sends those beyond them.
func (j *job) editTexts(ctx context.Context, v voice, as *chat.Person, texts []chat.Text, old []standing, at anchor) error {
	for i, t := range texts {
		var err error
		if i < len(old) {
			err = j.replace(ctx, v, old[i], j.textContent(v, as, t, anchor{}))
		} else {
			err = j.sendText(ctx, v, as, "t"+strconv.Itoa(i), t, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// align puts the old files in the order of the new ones that take their places: the same file if it is among them, else the
// next; old ones that are left over stand behind. Of the new files without a place those are returned that were not
// taken away by somebody else, of whom gone messages tell.
func align(files []chat.Part, old []standing, gone int) (kept []chat.Part, placed []standing, others []chat.Part) {
	if len(files) == len(old) {
		return files, old, nil
	}
	left := slices.Clone(old)
	places := make([]*standing, len(files))
	take := func(i, at int) {
		places[i] = &standing{}
		*places[i] = left[at]
		left = slices.Delete(left, at, at+1)
	}
	for i, p := range files {
		if at := slices.IndexFunc(left, func(o standing) bool { return o.media == keyOf(p.Media) }); at >= 0 {
			take(i, at)
		}
	}
	for i, p := range files {
		if places[i] == nil && len(left) > 0 {
			take(i, 0)
		}
		if places[i] == nil {
			others = append(others, p)
			continue
		}
		kept, placed = append(kept, p), append(placed, *places[i])
	}
	return kept, append(placed, left...), others[min(len(others), gone):]
}

// alike returns those of the things that take the place of old ones, each of the same kind as the one it stands for,
// and the others.
func alike(things []chat.Part, old []standing) (kept, others []chat.Part) {
	for _, p := range things {
		if n := len(kept); n < len(old) && old[n].thing == p.Kind {
			kept = append(kept, p)
			continue
		}
		others = append(others, p)
	}
	return kept, others
}

// sort tells files, texts and things apart; what is not ours nobody can edit for its author.
func (j *job) sort(old []standing) (files, texts, things []standing, err error) {
	for _, o := range old {
		switch {
		case !j.a.isOurs(o.sender):
			return nil, nil, nil, refuse(chat.Forbidden, "only %s can edit the message", o.sender)
		case o.url != "":
			files = append(files, o)
		case o.thing != "":
			things = append(things, o)
		default:
			texts = append(texts, o)
		}
	}
	return files, texts, things, nil
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
	file := cargo{uri: old.url}
	if old.media != keyOf(p.Media) {
		fresh, err := j.a.carry(ctx, j.s, j.room, v.user, p.Media)
		if err != nil && !isLost(err) {
			return err
		}
		if err == nil {
			file = fresh
		} else {
			caption = below(caption, chat.Plain(p.Describe()))
			j.note("new " + string(p.Kind) + " told in a line")
		}
	}
	c := fileContent(p, file, render(caption, v.name), false)
	j.dress(c, v, as, anchor{})
	return j.replace(ctx, v, old, c)
}

// replace sends an edit of one message.
func (j *job) replace(ctx context.Context, v voice, old standing, content map[string]any) error {
	return j.replaceAs(ctx, v, old, "m.room.message", content)
}

// replaceAs sends an edit of one event, unless that says the same already. Clients that do not know edits show its own body.
func (j *job) replaceAs(ctx context.Context, v voice, old standing, kind string, content map[string]any) error {
	sum := sumOf(content)
	if old.sum != "" && old.sum == sum {
		return nil
	}
	origin := originOf(j.d.ID, "e"+old.id)
	outer := map[string]any{
		"body": "* " + content["body"].(string), "m.new_content": content, originKey: origin, "m.mentions": map[string]any{},
		"m.relates_to": map[string]string{"rel_type": "m.replace", "event_id": old.id},
	}
	for _, k := range []string{"msgtype", "url", "info", "filename", "format", "geo_uri", pollKey} {
		if value, ok := content[k]; ok {
			outer[k] = value
		}
	}
	if html, ok := content["formatted_body"].(string); ok {
		outer["formatted_body"] = "* " + html
	}
	if _, err := j.putOrPlain(ctx, v.user, kind, transactionOf(origin), outer); err != nil {
		return err
	}
	now := standingAs(old.id, old.sender, content)
	now.sum, now.thread = sum, old.thread
	j.a.messages.stands(now)
	return nil
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
	edits, err := j.related(ctx, id, "m.replace", "")
	if err != nil {
		return err
	}
	for _, e := range edits {
		if e.Sender != sender {
			continue // nobody sees what others claim to be an edit, and we may not be able to remove it
		}
		if err := j.redact(ctx, e.Sender, e.ID); err != nil {
			return err
		}
	}
	return j.redact(ctx, sender, id)
}

// maxRelated is how many pages of related events are read.
const maxRelated = 20

// related returns the events of a kind that relate to another, newest first; an empty kind is every one.
func (j *job) related(ctx context.Context, id, rel, kind string) ([]rawEvent, error) {
	var out []rawEvent
	asked, err := j.kindSeen(ctx, kind)
	if err != nil {
		return nil, err
	}
	from := ""
	for range maxRelated {
		pg, err := j.relatedPage(ctx, id, rel, asked, from)
		if statusOf(err) == http.StatusNotFound {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, j.opened(ctx, decodeEvents(pg.Chunk), kind)...)
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
	path := mautrix.ClientURLPath{"v1", "rooms", j.room, "relations", id, rel}
	if kind != "" {
		path = append(path, kind)
	}
	_, err := bot.MakeRequest(ctx, http.MethodGet, bot.BuildURLWithQuery(path, q), nil, &out)
	return out, err
}
