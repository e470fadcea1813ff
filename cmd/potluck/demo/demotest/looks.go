package demotest

import (
	"fmt"
	"math/rand/v2"

	"github.com/potluck-chat/potluck/core/chat"
)

// wide fails the test if the page is wider than the window.
func (b *browser) wide(window int) {
	b.t.Helper()
	if got := eval[int](b, "measure the page", `Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)`); got > window {
		b.t.Errorf("the page is %d pixels wide in a window of %d: it scrolls sideways", got, window)
	}
	over := eval[[]string](b, "measure the phones' messages and chats", `[...document.querySelectorAll(".messages, .chats")].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.getAttribute("aria-label"))`)
	for _, name := range over {
		b.t.Errorf("%s scroll sideways in a window of %d", name, window)
	}
}

// named fails the test for each control that a screen reader could not name.
func (b *browser) named() {
	b.t.Helper()
	nameless := eval[[]string](b, "look for nameless controls", `[...document.querySelectorAll("button, input:not([hidden]), select, textarea, a, img, audio")]
		.filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.alt || (e.labels && e.labels.length))).map((e) => e.outerHTML.slice(0, 120))`)
	for _, control := range nameless {
		b.t.Errorf("a control has no name: %s", control)
	}
}

// readable fails the test for text that has not 4.5:1 against what it stands on (WCAG 2.2, 1.4.3). Text on
// pictures and gradients is left out.
func (b *browser) readable() {
	b.t.Helper()
	b.await("what has just come has faded in", `document.getAnimations().every((a) => a.effect.getTiming().iterations === Infinity)`)
	pale := eval[[]string](b, "measure the contrast", `(() => {
		const parse = (c) => { const n = c.match(/[\d.]+/g).map(Number); return { r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1 }; };
		const over = (a, b) => ({ r: a.r * a.a + b.r * (1 - a.a), g: a.g * a.a + b.g * (1 - a.a), b: a.b * a.a + b.b * (1 - a.a), a: 1 });
		const light = (c) => [c.r, c.g, c.b].map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
			.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
		const ground = (e) => {
			const layers = [];
			for (; e; e = e.parentElement) {
				const s = getComputedStyle(e);
				if (s.backgroundImage !== "none") return null;
				const c = parse(s.backgroundColor);
				layers.push(c);
				if (c.a === 1) return layers.reduceRight((below, c) => over(c, below));
			}
			return null;
		};
		const pale = new Set();
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let t = walk.nextNode(); t; t = walk.nextNode()) {
			const e = t.parentElement;
			if (!t.data.trim() || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || e.closest(".spoiler:not(.shown), .hear, option, noscript")) continue;
			const below = ground(e);
			if (!below) continue;
			const s = getComputedStyle(e);
			let faint = 1;
			for (let p = e; p; p = p.parentElement) faint *= Number(getComputedStyle(p).opacity);
			const ink = parse(s.color);
			ink.a *= faint;
			const [a, z] = [light(over(ink, below)), light(below)].sort((x, y) => y - x);
			const ratio = (a + .05) / (z + .05);
			if (ratio < 4.5) pale.add(ratio.toFixed(2) + " " + e.tagName + "." + e.className + " in " + (e.closest("section")?.className || "the page") + ": " + t.data.slice(0, 30));
		}
		return [...pale];
	})()`)
	for _, text := range pale {
		b.t.Errorf("text is too pale: %s", text)
	}
}

// faithful fails the test if a text with styles of any kind loses or changes a character on the page.
func (b *browser) faithful() {
	b.t.Helper()
	random := rand.New(rand.NewPCG(7, 11))
	texts := make([]chat.Text, 300)
	for i := range texts {
		texts[i] = randomText(random)
	}
	lost := eval[[]int](b, "render texts", `$1.map((text, i) => {
		const box = document.createElement("div");
		box.append(styled(text));
		return box.textContent === (text.plain || "") ? -1 : i;
	}).filter((i) => i >= 0)`, texts)
	for _, i := range lost {
		b.t.Errorf("the page does not show all of %+v", texts[i])
	}
	if n := eval[int](b, "look for foreign elements", `(() => {
		const box = document.createElement("div");
		box.append(...$1.map(styled));
		return box.querySelectorAll("script, img, iframe, [onclick], [href^=javascript]").length;
	})()`, texts); n > 0 {
		b.t.Errorf("texts have made %d elements that they must not", n)
	}
}

// randomText is a canonical text with spans anywhere.
func randomText(r *rand.Rand) chat.Text {
	pieces := []string{"a", "soup ", "\n", "👩‍👩‍👧", "é", "سلام", "<b>", "&amp;", "<img src=x>", " "}
	var t chat.Text
	for range r.IntN(12) {
		t.Plain += pieces[r.IntN(len(pieces))]
	}
	styles := []chat.Style{chat.Quote, chat.Hyperlink, chat.Mention, chat.Bold, chat.Italic, chat.Underline, chat.Strike, chat.Spoiler, chat.Code, chat.Pre}
	values := []string{"", "javascript:alert(1)", "http://a.example/?q=\"><script>", fmt.Sprint(r.IntN(9))}
	for range r.IntN(6) {
		start := r.IntN(t.Len() + 1)
		t.Spans = append(t.Spans, chat.Span{
			Start: start, End: start + r.IntN(9), Style: styles[r.IntN(len(styles))], Value: values[r.IntN(len(values))],
		})
	}
	return t.Normal()
}
