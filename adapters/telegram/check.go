package telegram

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters"
)

// rawMe is what getMe tells of the bot.
type rawMe struct {
	rawUser
	ReadsAll bool `json:"can_read_all_group_messages"`
	JoinsAny bool `json:"can_join_groups"`
}

// Check looks at the token, the bot's settings, its webhook, and its rights in the groups it has been seen in.
func (a *Adapter) Check(ctx context.Context) []adapters.Finding {
	var me rawMe
	if err := a.short(ctx, "getMe", struct{}{}, &me); err != nil {
		return []adapters.Finding{a.tokenFinding(err)}
	}
	out := []adapters.Finding{{OK: true, What: fmt.Sprintf("telegram knows the bot as %s, @%s", me.name(), me.Username)}}
	if !me.JoinsAny {
		out = append(out, adapters.Finding{
			What: "the bot cannot be added to groups",
			Do:   "send @BotFather /setjoingroups, choose the bot and Enable",
		})
	}
	if me.ReadsAll {
		out = append(out, adapters.Finding{OK: true, What: "the bot reads every message of its groups"})
	} else {
		out = append(out, adapters.Finding{
			What: "privacy mode is on: where the bot is no administrator it reads commands and replies to it only",
			Do:   "make the bot an administrator of its groups; or send @BotFather /setprivacy, choose the bot and Disable, then take the bot out of each group and add it again",
		})
	}
	out = append(out, a.webhookFinding(ctx))
	return append(out, a.seatFindings(ctx, me.ID)...)
}

func (a *Adapter) tokenFinding(err error) adapters.Finding {
	if a.mend(err) != nil {
		return adapters.Finding{
			What: "telegram does not know the bot's token",
			Do:   "send @BotFather /token, choose the bot, and put what it answers into the config",
		}
	}
	return adapters.Finding{
		What: fmt.Sprintf("telegram cannot be reached: %v", err),
		Do:   "look whether this machine can open " + a.config.api() + ", and whether a firewall or proxy is between",
	}
}

func (a *Adapter) webhookFinding(ctx context.Context) adapters.Finding {
	info, err := a.bot.GetWebhookInfo(ctx)
	wanted := a.config.WebhookURL
	switch {
	case err != nil:
		return adapters.Finding{What: fmt.Sprintf("telegram does not tell about the webhook: %v", refusal(err)), Do: "try again"}
	case wanted == "" && info.URL != "":
		return adapters.Finding{
			What: "a webhook is set, though the config says to poll",
			Do:   "nothing, if no other program uses this bot: `potluck run` removes it. Else give one of the two a bot of its own",
		}
	case wanted != "" && info.URL != wanted:
		return adapters.Finding{What: "the webhook is not set yet", Do: "nothing: `potluck run` sets it"}
	case wanted != "" && info.LastErrorMessage != "":
		return adapters.Finding{
			What: fmt.Sprintf("telegram could not deliver to the webhook: %s; %d updates wait", info.LastErrorMessage, info.PendingUpdateCount),
			Do:   "look whether webhook_url reaches this machine from outside, with a certificate that is valid",
		}
	case wanted != "":
		return adapters.Finding{OK: true, What: "the webhook is set"}
	}
	return adapters.Finding{OK: true, What: fmt.Sprintf("updates are fetched by polling; %d wait", info.PendingUpdateCount)}
}

// seatFindings asks for the bot's rights where it is known to be.
func (a *Adapter) seatFindings(ctx context.Context, self int64) []adapters.Finding {
	if a.memory.seats.size() == 0 {
		a.remember()
	}
	seats := a.memory.seats.all()
	ids := make([]int64, 0, len(seats))
	for id := range seats {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var out []adapters.Finding
	for _, id := range ids {
		var m rawMemberStatus
		if err := a.short(ctx, "getChatMember", memberParams{id, self}, &m); err != nil {
			out = append(out, adapters.Finding{
				What: fmt.Sprintf("the bot's rights in %q are not known: %v", seats[id].Title, err),
				Do:   "look whether the bot is still in that group",
			})
			continue
		}
		if lacks := m.lacks(); len(lacks) > 0 {
			out = append(out, adapters.Finding{
				What: fmt.Sprintf("in %q the bot lacks the right: %s", seats[id].Title, strings.Join(lacks, ", ")),
				Do:   "in that group, open Administrators, choose the bot and switch these on; without them it hears no reactions, joins and leaves, or cannot keep order",
			})
			continue
		}
		out = append(out, adapters.Finding{OK: true, What: fmt.Sprintf("the bot has its rights in %q", seats[id].Title)})
	}
	return out
}
