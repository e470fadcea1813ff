package adaptertest

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
)

// flawVariable tells a child process which flaw its adapter has.
const flawVariable = "POTLUCK_ADAPTERTEST_FLAW"

func onTheBoard(flaw string, plain bool, skips map[string]string) Subject {
	return Subject{Name: "board", New: func(*testing.T) Fixture {
		b := newBoard()
		b.plain = plain
		return Fixture{
			World: b,
			Adapter: func(_ *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
				return &boardAdapter{board: b, open: open, cursor: cursor, flaw: flaw}
			},
			Outage: b.outage, Limit: b.limit, Skips: skips,
		}
	}}
}

// TestBoard shows that the contract can be kept.
func TestBoard(t *testing.T) {
	Run(t, onTheBoard("", false, nil))
}

// TestPlainBoard shows it of a platform without buttons, pins and restrictions.
func TestPlainBoard(t *testing.T) {
	Run(t, onTheBoard("", true, nil))
}

// TestFlawedBoard is run by TestFlaws in a process of its own: it is meant to fail.
func TestFlawedBoard(t *testing.T) {
	flaw := os.Getenv(flawVariable)
	if flaw == "" {
		t.Skip("it runs in a child process")
	}
	skips := map[string]string{}
	switch flaw {
	case "skips what is native":
		skips["reaction is shown and taken back"] = "a board has no reactions"
	case "skips what is no test":
		skips["reaction smells"] = "of course"
	}
	flaw, plain := strings.CutSuffix(flaw, ", plainly")
	s := onTheBoard(flaw, plain, skips)
	s.Patience = 300 * time.Millisecond
	Run(t, s)
}

// TestFlaws shows that the contract cannot be broken unseen: for each flaw a test of the contract fails.
func TestFlaws(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a process for each flaw")
	}
	for flaw, test := range map[string]string{
		"forgets photos":               "edit of a caption arrives",
		"takes back others' reactions": "reaction stays while others give it",
		"drops":                        "order of messages is kept inwards",
		"reorders":                     "order of messages is kept inwards",
		"hears itself":                 "own messages never come back",
		"loses replies":                "reply to a member arrives",
		"keeps reactions":              "reaction arrives",
		"does not know owners":         "command has the level of its sender",
		"tells secrets":                "secret whisper is never said in the open",
		"hides names":                  "send is shown",
		"does things twice":            "same effect twice is shown once",
		"lies about bold":              "styles are shown",
		"lies about underline":         "styles are shown",
		"counts bytes":                 "styles are shown",
		"no answer":                    "features answer for every kind",
		"skips what is native":         "features answer for every kind",
		"skips what is no test":        "send is shown",
		"shows photos as files":        "photo is shown",
		"cuts long texts":              "text over the limit is shown whole",
		"edits the first":              "edit of a split text changes all of it",
		"deletes the first":            "delete of a split text deletes all of it",
		"accepts nonsense":             "names that are none are refused",
		"errors are plain":             "edit of a message that is gone is refused",
		"waits as it likes":            "rate limit asks to wait as the platform does",
		"gives up":                     "run survives a platform that is down from the start",
		"finds all well":               "check tells what it finds",
		"opens without limit":          "open keeps its limit",
		"does not hear cancel":         "do ends with its context",
		"confirms too early":           "failed publish is tried again",
		"forgets its position":         "what is said while we are away arrives",
		"names events anew":            "unconfirmed event comes again with the same id",
		"stops late":                   "cancel ends run within a second",
		"leaks":                        "no goroutine is left",

		"opens nothing new":         "open makes a chat for the people",
		"opens for nobody":          "open makes a chat for the people",
		"opens without a title":     "open makes a chat for the people",
		"shuts nothing":             "shut lets people read alone",
		"leads nowhere":             "link to a message is shown",
		"is silent about things":    "venue arrives",
		"drops things":              "poll is shown",
		"counts options from one":   "vote arrives",
		"votes for the bot":         "vote is shown",
		"knows no unpinning":        "unpin by a member arrives",
		"carries what is seen once": "view once comes without bytes",
		"shows for ever":            "vanishing message says when",
		"has a face for everybody":  "portrait opens or is not there",
		"answers the whole":         "partial quote arrives",
		"quotes nothing":            "partial quote is shown",
		"knows no threads":          "thread arrives",
		"leaves threads":            "thread is shown",
		"uncovers what comes":       "hidden media arrives",
		"uncovers photos":           "hidden media is shown",

		"loses choices":                         "choices are offered",
		"hears itself, plainly":                 "choices are offered",
		"counts choices from one":               "choice arrives",
		"does not know who chooses":             "choice has the level of who makes it",
		"does not know who answers":             "number as an answer chooses",
		"keeps old choices":                     "choices change and go with an edit",
		"keeps old choices, plainly":            "choices change and go with an edit",
		"forgets what it whispered":             "whisper reaches the person",
		"takes a whisper for said in the group": "answer to a whisper arrives",
		"whispers only from a room":             "whisper without a chat in common",
		"restricts nobody":                      "restrict and release",
		"gives everybody the same rights":       "restrict and release",
		"forgets old rights":                    "release after a restart gives the old rights",
		"takes a moment for nothing":            "restrict until a time",
		"bans for remove":                       "removed person may come back",
		"removes for ban":                       "banned person stays out until unban",
		"takes out by unban":                    "banned person stays out until unban",
		"is afraid of nobody":                   "nothing is done to those with the highest rights",
		"deletes its own alone":                 "delete of another's message is shown",
		"pins again":                            "pin is shown once and taken back",
		"unpins all":                            "pin is shown once and taken back",
		"pins what is gone":                     "pin of a message that is gone is refused",
		"loses notes":                           "knock arrives and is admitted",
		"declines who is in":                    "knock arrives and is admitted",
		"admits anybody":                        "nobody is admitted who has not knocked",
		"invites by adding and removing":        "invite lets one person in",
		"does what it does not have, plainly":   "what the table refuses is refused",
	} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			name := strings.ReplaceAll(test, " ", "_")
			child := exec.Command(os.Args[0], "-test.run=^TestFlawedBoard$/^"+regexp.QuoteMeta(name)+"$", "-test.v", "-test.timeout=30s")
			child.Env = append(os.Environ(), flawVariable+"="+flaw)
			out, err := child.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestFlawedBoard/"+name) {
				t.Errorf("an adapter that %s passes %q: %v\n%s", flaw, test, err, out)
			}
		})
	}
}
