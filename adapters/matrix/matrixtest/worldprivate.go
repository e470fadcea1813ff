package matrixtest

import "encoding/json"

// Private returns the room in which a person and the bot are alone.
func (w *World) Private(person string) string {
	w.opening.Lock()
	defer w.opening.Unlock()
	w.mu.Lock()
	id := w.private[person]
	w.mu.Unlock()
	if id == "" {
		id = w.invited(person)
	}
	if id != "" {
		return id
	}
	id = w.create(person, map[string]any{
		"preset": "trusted_private_chat", "is_direct": true, "invite": []string{w.home.BotID},
	})
	must(w.api.call(w.ctx, w.asBot(), "POST", roomPath(id)+"/join", empty{}, nil))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.private[person] = id
	return id
}

// invited accepts the bot's invitation to a private room and returns it, empty if there is none.
func (w *World) invited(person string) string {
	var out syncJSON
	must(w.api.call(w.ctx, w.as(person), "GET", v3+"/sync?timeout=0", nil, &out))
	for id, r := range out.Rooms.Invite {
		for _, raw := range r.State.Events {
			var e wire
			var m memberContent
			if json.Unmarshal(raw, &e) != nil || e.Type != "m.room.member" || e.Key == nil || *e.Key != person {
				continue
			}
			if json.Unmarshal(e.Content, &m) != nil || !m.Direct || e.Sender != w.home.BotID {
				continue
			}
			must(w.api.call(w.ctx, w.as(person), "POST", roomPath(id)+"/join", empty{}, nil))
			w.watch(id, person)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.private[person] = id
			return id
		}
	}
	return ""
}
