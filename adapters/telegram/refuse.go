package telegram

import (
	"errors"
	"net/http"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// tokenWait is how long an effect waits when the token is refused: Run tells the operator, nothing is dropped.
const tokenWait = time.Minute

// failure makes of a failed call what the pump understands. repeatable tells that carrying it out twice shows
// no more than once.
func failure(err error, repeatable bool) error {
	if err == nil || isOutcome(err) {
		return err
	}
	e := refusal(err)
	switch {
	case e == nil:
		return err // ours: the pump tries a few times and then buries it, with the error
	case e.err != nil && e.reached && !repeatable:
		return adapters.Unsure(err)
	case e.err != nil:
		return adapters.Retry(0, err)
	case e.code == http.StatusTooManyRequests:
		return adapters.Retry(e.after, err)
	case e.code == http.StatusNotFound && e.says("method not found"):
		return adapters.Refused(chat.Unsupported, err) // an API server of one's own that is old
	case e.code == http.StatusUnauthorized, e.code == http.StatusNotFound:
		return adapters.Retry(tokenWait, err)
	case e.code == http.StatusBadGateway, e.code == http.StatusGatewayTimeout:
		if repeatable {
			return adapters.Retry(e.after, err)
		}
		return adapters.Unsure(err)
	case e.code >= 500:
		return adapters.Retry(e.after, err)
	}
	return adapters.Refused(e.reason(), err)
}

func isOutcome(err error) bool {
	var retry *adapters.RetryError
	var refused *adapters.RefusedError
	return errors.As(err, &retry) || errors.As(err, &refused)
}

// reason sorts a refusal by the API's words; they are the only thing that tells refusals apart.
func (e *callError) reason() chat.Reason {
	switch {
	case e.code == http.StatusForbidden:
		return chat.Forbidden
	case e.code == http.StatusRequestEntityTooLarge, e.says("too big", "too long", "too large"):
		return chat.TooLarge
	case e.says("only for supergroups", "supergroup and channel chats only"):
		return chat.Unsupported
	case e.says("user is an administrator", "remove chat owner", "restrict self", "can kick group administrators", "inviter of a user",
		"USER_KICKED", "USER_PRIVACY_RESTRICTED"):
		return chat.Forbidden
	case e.says("not enough rights", "have no rights", "need administrator rights", "CHAT_WRITE_FORBIDDEN", "_FORBIDDEN",
		"TOPIC_CLOSED", "CHAT_RESTRICTED", "CHAT_ADMIN_REQUIRED"):
		return chat.Forbidden
	case e.says("not found", "upgraded to a supergroup", "PEER_ID_INVALID", "PARTICIPANT_ID_INVALID", "USER_ID_INVALID",
		"user_id specified", "USER_NOT_PARTICIPANT", "HIDE_REQUESTER_MISSING", "chat was deactivated", "chat was deleted"):
		return chat.NotFound
	case e.says("CHANNELS_TOO_MUCH", "USERS_TOO_MUCH", "INVITES_TOO_MUCH"):
		return chat.TooMany
	case e.says("can't be deleted", "can't be edited", "EDIT_TIME_EXPIRED"):
		return chat.TooOld
	case e.says("REACTION_INVALID", "REACTIONS_TOO_MANY", "there is no"):
		return chat.Unsupported
	}
	return chat.Invalid
}

// isAboutChat tells that a refusal would be the same whatever is sent there.
func (e *callError) isAboutChat() bool {
	return e.code == http.StatusForbidden || e.migrated != 0 || e.says("chat not found", "thread not found", "TOPIC_CLOSED",
		"message to be replied", "rights to send text", "CHAT_WRITE_FORBIDDEN", "chat was de", "administrator rights in the channel")
}

// isAboutEntities tells that the text would have passed without its styles.
func (e *callError) isAboutEntities() bool {
	return e.code == http.StatusBadRequest && e.says("entities", "entity ", "ENTITY_", "HTTP URL specified", "URL protocol", "URL host", "wrong port")
}
