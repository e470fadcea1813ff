package seats

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Test is a question that tells humans from programs, as it stands.
type Test struct {
	N     int       `json:"n,omitempty"`     // how many were asked
	Task  int       `json:"task,omitempty"`  // which of the tasks
	Order []int     `json:"order,omitempty"` // the words that are offered
	Words bool      `json:"words,omitempty"` // to be written, not chosen
	Tries int       `json:"tries,omitempty"` // wrong answers so far
	Shown time.Time `json:"shown,omitzero"`
}

const (
	maxTries = 3
	askTime  = 2 * time.Minute  // an answer is good that long; later there is another question
	testTime = 15 * time.Minute // for all of it
	testWait = time.Hour        // until the next attempt
	choicesN = 4
)

// task is a question and the word that answers it; the wrong words are those of other tasks.
type task struct{ question, word string }

// tasks are the questions. Each is in words, so that it can be read aloud, and none of the words answers two of them.
func tasks(v rule.Voice) []task {
	return []task{
		{v.Say("captcha.eat").Plain, v.Say("captcha.bread").Plain},
		{v.Say("captcha.sky").Plain, v.Say("captcha.cloud").Plain},
		{v.Say("captcha.lock").Plain, v.Say("captcha.key").Plain},
		{v.Say("captcha.sit").Plain, v.Say("captcha.chair").Plain},
		{v.Say("captcha.read").Plain, v.Say("captcha.book").Plain},
		{v.Say("captcha.wear").Plain, v.Say("captcha.shoe").Plain},
	}
}

// test asks the next question; first is the sentence before it.
func (g *visit) test(first string) {
	seed, all := g.e.Seed, tasks(rule.Voice{Language: "en"})
	t := &g.s.Test
	t.N++
	t.Task = int(seed[0]) % len(all)
	t.Order = []int{t.Task}
	for i := range len(all) - 1 {
		if len(t.Order) < choicesN {
			t.Order = append(t.Order, (t.Task+1+(i+int(seed[1]))%(len(all)-1))%len(all))
		}
	}
	at := int(seed[2]) % choicesN
	t.Order[0], t.Order[at] = t.Order[at], t.Order[0]
	t.Words = t.Words || g.c.Setting("captcha", "button") == "word"
	t.Shown, g.s.Sent = g.e.Now, g.e.Now
	who, v, ok := g.testVoice()
	if !ok {
		return
	}
	text := v.Say(first, "left", maxTries-t.Tries).Append(chat.Plain("\n"), g.testText(v))
	g.want(chat.Whisper{
		To: g.testPlace(who), Who: who, Text: text, Secret: g.s.Kind != byJoin,
		Tag: tagQuestion + string(g.card.ID), Choices: g.testChoices(v),
	})
}

// testPlace is where the question may be seen: in private, and for who is in a chat there, if it cannot be in private.
func (g *visit) testPlace(who chat.Identity) chat.Chat {
	if g.s.Kind == byJoin {
		return g.s.At
	}
	return chat.Chat(who)
}

// testVoice is how and to which account the question is asked: for who is in a chat that by which he came.
func (g *visit) testVoice() (chat.Identity, rule.Voice, bool) {
	who, ok := g.s.By, true
	if g.s.Kind == byTurn {
		who, ok = rule.Door(g.card)
	}
	return who, rule.To(g.c, g.card, who.Platform), ok
}

func (g *visit) testText(v rule.Voice) chat.Text {
	t, all := g.s.Test, tasks(v)
	if !t.Words {
		return chat.Plain(all[t.Task].question)
	}
	var words []string
	for _, i := range t.Order {
		words = append(words, all[i].word)
	}
	return v.Say("captcha.write", "question", all[t.Task].question, "words", strings.Join(words, ", "))
}

func (g *visit) testChoices(v rule.Voice) []chat.Choice {
	t, all := g.s.Test, tasks(v)
	if t.Words {
		return nil
	}
	var out []chat.Choice
	for i, n := range t.Order {
		out = append(out, chat.Choice{Label: all[n].word, Ask: "door pick " + strconv.Itoa(t.N) + " " + strconv.Itoa(i)})
	}
	return append(out, chat.Choice{Label: v.Say("captcha.other").Plain, Ask: "door words " + strconv.Itoa(t.N)})
}

// answerTest takes what was chosen: "pick N I" or "words N".
func (g *visit) answerTest(args []string) {
	v := rule.Speak(g.c, g.e)
	number := func(i int) int {
		if i >= len(args) {
			return -1
		}
		n, err := strconv.Atoi(args[i])
		if err != nil {
			return -1
		}
		return n
	}
	t := g.s.Test
	if len(args) == 0 || number(1) != t.N {
		g.want(rule.Discreetly(g.e, v.Say("captcha.old")))
		return
	}
	switch args[0] {
	case "words":
		g.s.Test.Words = true
		g.test("captcha.words")
	case "pick":
		i := number(2)
		g.judge(i >= 0 && i < len(t.Order) && t.Order[i] == t.Task)
	default:
		g.want(rule.Discreetly(g.e, v.Say("captcha.old")))
	}
}

// typed tells whether what somebody has written is an answer, and takes it: the right word always is one, any other
// where a word is to be written.
func (g *visit) typed(b chat.Posted) bool {
	word := bare(b.Text.Plain)
	if word == "" || len([]rune(word)) > 40 || len(g.s.Test.Order) == 0 {
		return false
	}
	_, v, _ := g.testVoice()
	right := word == bare(tasks(v)[g.s.Test.Task].word)
	if !right && !g.s.Test.Words {
		return false
	}
	g.judge(right)
	return true
}

// bare is a word without case, marks and what stands around it.
func bare(s string) string {
	return strings.ToLower(strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// judge goes on after an answer.
func (g *visit) judge(right bool) {
	now := g.e.Now
	switch {
	case now.Sub(g.s.Begun) >= testTime:
		g.failTest("captcha.late")
	case now.Sub(g.s.Test.Shown) >= askTime:
		g.test("captcha.slow")
	case right:
		g.pass("alone")
	default:
		g.s.Test.Tries++
		if g.s.Test.Tries >= maxTries {
			g.failTest("captcha.over")
			return
		}
		g.test("captcha.wrong")
	}
}

// failTest ends the test. It can be taken again after a while, and a human can always say yes.
func (g *visit) failTest(key string) {
	g.refuse(testWait)
	g.tell(key, "until", g.s.Again)
}
