package matrixtest

// Upgrade replaces a room, as its owner, and invites everybody who was in it; it returns the new room.
func (w *World) Upgrade(group string) (string, error) {
	owner := w.owner(group)
	members := w.Members(group)
	var out struct {
		Room string `json:"replacement_room"`
	}
	err := w.api.call(w.ctx, w.as(owner), "POST", roomPath(group)+"/upgrade", map[string]string{"new_version": "10"}, &out)
	if err != nil {
		return "", err
	}
	w.watch(out.Room, owner)
	for _, p := range append(members, w.home.BotID) {
		if p == owner {
			continue
		}
		if err := w.api.call(w.ctx, w.as(owner), "POST", roomPath(out.Room)+"/invite", map[string]string{"user_id": p}, nil); err != nil {
			return "", err
		}
		if p != w.home.BotID {
			if err := w.Join(p, out.Room); err != nil {
				return "", err
			}
		}
	}
	return out.Room, nil
}

// Invite asks somebody into a room.
func (w *World) Invite(person, group, user string) error {
	return w.member(person, group, "invite", user)
}

// Ban keeps somebody out of a room, as a moderator of it.
func (w *World) Ban(person, group, user string) error { return w.member(person, group, "ban", user) }

// KickUser removes somebody from a room, as a moderator of it.
func (w *World) KickUser(person, group, user string) error {
	return w.member(person, group, "kick", user)
}

func (w *World) member(person, group, verb, user string) error {
	return w.api.call(w.ctx, w.as(person), "POST", roomPath(group)+"/"+verb, map[string]string{"user_id": user}, nil)
}

// SetPower writes a room's power levels.
func (w *World) SetPower(person, group string, levels map[string]any) error {
	return w.api.call(w.ctx, w.as(person), "PUT", roomPath(group)+"/state/m.room.power_levels", levels, nil)
}

// Power reads a room's power levels.
func (w *World) Power(person, group string) (levels map[string]any, err error) {
	err = w.api.call(w.ctx, w.as(person), "GET", roomPath(group)+"/state/m.room.power_levels", nil, &levels)
	return levels, err
}

// NewSuccessor makes a room that says it continues another, whether the other says so or not.
func (w *World) NewSuccessor(owner, old string) string {
	return w.create(owner, map[string]any{
		"preset": "private_chat", "name": "successor",
		"creation_content": map[string]any{"predecessor": map[string]string{"room_id": old, "event_id": "$none"}},
	})
}

func (w *World) owner(group string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v := w.views[group]; v != nil {
		return v.owner
	}
	return ""
}

// NewGroupWithout makes a private room that the bot is not invited to.
func (w *World) NewGroupWithout(owner string) string {
	return w.create(owner, map[string]any{"preset": "private_chat", "name": "without the bot"})
}
