// A phone on the demo's page: it shows what its own messenger shows, as the stream of server-sent events tells it;
// what is typed goes out by POST and comes back by the stream.
'use strict';

const table = document.getElementById('table');
const calm = matchMedia('(prefers-reduced-motion: reduce)');

class Phone {
  constructor(state) {
    this.platform = state.platform;
    this.name = state.name;
    this.chats = new Map();
    this.items = new Map(); // message id → { key, node } of the chat on the screen
    this.seen = new Map();  // chat id → how many messages the visitor has seen
    this.people = [];
    this.atEnd = true;
    this.build();
    this.update(state);
  }

  build() {
    const id = 'me-' + this.platform;
    this.who = el('select', { id, onchange: () => this.become(this.who.value) });
    this.tabs = el('nav', { className: 'chats', 'aria-label': this.name + ' chats' });
    this.list = el('ol', { className: 'messages', role: 'log', 'aria-label': this.name + ' messages, arrow keys choose one', tabIndex: 0, onkeydown: (e) => this.choose(e) });
    this.pin = el('button', { type: 'button', className: 'pin', title: 'Go to the pinned message', hidden: true, onclick: () => this.jump(this.chats.get(this.chat)?.pinned) }, 'Pinned');
    this.note = el('p', { className: 'note', role: 'status', hidden: true });
    this.context = el('div', { className: 'context', hidden: true });
    this.text = el('textarea', {
      rows: 1, maxLength: 10000, 'aria-label': 'Message on ' + this.name, dir: 'auto', autocomplete: 'off',
      oninput: () => this.grow(),
      onkeydown: (e) => {
        if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.send(); }
        if (e.key === 'Escape') this.about(null);
      },
    });
    this.file = el('input', { type: 'file', multiple: true, hidden: true, onchange: () => this.attach() });
    const item = (icon, label, what, onclick) => el('button', { type: 'button', className: what, onclick }, el('span', { 'aria-hidden': 'true' }, icon), label);
    this.menu = el('div', { className: 'attachments', hidden: true },
      item('🖼', 'Sample picture', 'picture', () => this.sample('picture')),
      item('🔔', 'Sample voice', 'voice', () => this.sample('voice')),
      item('📊', 'Sample poll', 'poll', () => this.sample('poll')),
      item('📍', 'Sample place', 'place', () => this.sample('place')),
      item('📎', 'Your files…', 'files', () => this.file.click()));
    this.plus = el('button', {
      type: 'button', className: 'plus', 'aria-label': 'Attach on ' + this.name, 'aria-expanded': 'false', onclick: () => this.attachments(this.menu.hidden),
    }, '+');
    this.form = el('form', { className: 'composer', onsubmit: (e) => { e.preventDefault(); this.send(); } },
      this.menu, this.context,
      el('div', { className: 'row' }, this.plus, this.text, el('button', { className: 'send', 'aria-label': 'Send on ' + this.name }, '➤')),
      this.file);
    this.node = el('section', { className: 'phone ' + this.platform, id: 'phone-' + this.platform, 'aria-label': this.name },
      el('header', { className: 'bar' }, el('h2', {}, this.name),
        el('div', { className: 'me' }, el('label', { htmlFor: id }, 'You are'), this.who)),
      this.tabs, this.pin, this.list, this.note, this.form);
    this.form.addEventListener('focusout', (e) => { if (!this.form.contains(e.relatedTarget)) this.attachments(false); });
    table.append(this.node);
    this.list.addEventListener('scroll', () => this.scrolled(), { passive: true });
    new ResizeObserver(() => this.scrolled()).observe(this.list);
    this.dot = el('span', { className: 'dot', hidden: true }, el('span', { className: 'hear' }, ' new messages'));
    this.tab = el('button', { type: 'button', className: this.platform, onclick: () => this.come() }, this.name, this.dot);
    document.querySelector('.seats').append(this.tab);
  }

  // choose moves among the messages by the arrow keys, so that the way to the composer is one Tab.
  choose(e) {
    if (e.key === 'Escape' && this.opened) return this.toggle(this.opened);
    const step = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    const all = [...this.list.querySelectorAll('.more')];
    const at = all.indexOf(document.activeElement);
    if (!step || (at < 0 && document.activeElement !== this.list)) return;
    const next = at < 0 ? (step < 0 ? all.at(-1) : null) : all[at + step];
    if (!next) return;
    e.preventDefault();
    next.focus();
  }

  // scrolled notes whether the reader stands at the end. A change of the sizes is not the reader's doing (a
  // picture has come, the window has turned): then he stays where he stood.
  scrolled() {
    const room = this.list.scrollHeight - this.list.clientHeight;
    if (room === this.room) this.atEnd = room - this.list.scrollTop < 60;
    else if (this.atEnd) this.toEnd();
    this.room = room;
  }

  toEnd() {
    this.atEnd = true;
    this.list.scrollTop = this.list.scrollHeight;
  }

  come() {
    table.scrollTo({ left: this.node.offsetLeft - table.offsetLeft, behavior: calm.matches ? 'auto' : 'smooth' });
  }

  update(state) {
    this.people = state.people;
    this.sign = state.sign;
    const kept = this.me;
    this.who.replaceChildren(...this.people.map((p) => el('option', { value: p.id }, p.name + (p.role ? ' ★ ' + p.role : ''))));
    this.me = this.people.some((p) => p.id === kept) ? kept : this.people[0].id;
    this.who.value = this.me;
    this.placeholder();
  }

  placeholder() {
    this.text.placeholder = `Message, or ${this.sign}help`;
  }

  become(person) {
    this.me = person;
    this.note.hidden = true;
    this.about(null);
    const wasPrivate = this.chats.get(this.chat)?.person;
    if (wasPrivate) this.chat = this.mine().find((c) => c.person)?.id;
    this.stay();
    this.redraw();
  }

  // stay shows the first chat to somebody who is not in the one on the screen.
  stay() {
    if (!this.mine().some((c) => c.id === this.chat)) this.chat = this.mine()[0]?.id;
  }

  redraw() {
    this.items.clear();
    this.list.replaceChildren();
    this.draw();
  }

  myName() {
    return this.people.find((p) => p.id === this.me)?.name;
  }

  // mine are the chats of whoever the visitor is: the groups, the oldest first, and behind them his own with the bot.
  mine() {
    return [...this.chats.values()].filter((c) => c.members.includes(this.me)).sort((a, b) => Boolean(a.person) - Boolean(b.person));
  }

  // put takes over a chat. What was there before the page is seen already; a chat that comes later is news.
  put(chat) {
    const before = this.mine().length;
    if (!this.chats.has(chat.id)) this.seen.set(chat.id, this.laid ? 0 : chat.messages.length);
    if (this.laid && this.tab.getAttribute('aria-current') !== 'true') this.dot.hidden = false;
    const shown = this.chat;
    this.chats.set(chat.id, chat);
    this.stay();
    if (this.chat !== shown) this.redraw();
    else if (chat.id === shown) this.draw();
    else this.drawTabs();
    if (this.laid && this.mine().length > before) this.reveal(chat.id);
  }

  // reveal scrolls the tabs, where there are too many for the phone, until a group's can be seen beside the private one,
  // which stays where it is. The phones themselves do not move.
  reveal(id) {
    const tab = [...this.tabs.children].find((b) => b.dataset.chat === id && b.className !== 'alone');
    if (!tab) return;
    const room = this.tabs.clientWidth - (this.tabs.querySelector('.alone')?.offsetWidth || 0);
    this.tabs.scrollLeft = Math.max(tab.offsetLeft + tab.offsetWidth + 8 - room, Math.min(this.tabs.scrollLeft, tab.offsetLeft - 8));
  }

  show(id) {
    this.chat = id;
    this.note.hidden = true;
    this.about(null);
    this.redraw();
    this.reveal(id);
    this.toEnd();
  }

  unread(c) {
    return c.id === this.chat ? 0 : Math.max(0, c.messages.length - (this.seen.get(c.id) || 0));
  }

  drawTabs() {
    const focused = this.tabs.contains(document.activeElement) ? document.activeElement.dataset.chat : '';
    this.tabs.replaceChildren(...this.mine().map((c) => {
      const n = this.unread(c);
      return el('button', { type: 'button', className: c.person ? 'alone' : '', 'data-chat': c.id, 'aria-current': c.id === this.chat ? 'true' : 'false', onclick: () => this.show(c.id) },
        el('span', { className: 'title' }, c.title), c.person ? el('span', { className: 'private' }, el('span', { className: 'hear' }, ' in private')) : null,
        n ? el('span', { className: 'badge' }, String(n), el('span', { className: 'hear' }, ' new')) : null);
    }));
    if (focused) [...this.tabs.children].find((b) => b.dataset.chat === focused)?.focus();
  }

  draw() {
    const chat = this.chats.get(this.chat);
    if (!chat) return;
    const atEnd = this.atEnd;
    const first = this.items.size === 0;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.closest('li')?.dataset.id : '';
    const known = new Map(chat.messages.map((m) => [m.id, m]));
    let previous = null;
    let place = this.list.firstElementChild;
    for (const m of chat.messages) {
      if (m.service && !m.text.plain) continue;
      const again = previous && !previous.service && !m.service && previous.author === m.author && previous.name === m.name;
      const here = place && place === this.items.get(m.id)?.node;
      const node = this.item(m, again, known.get(m.replyTo), first);
      if (here) place = node;
      if (node === place) place = place.nextElementSibling;
      else this.list.insertBefore(node, place);
      if (focused === m.id && !node.contains(document.activeElement)) node.querySelector('.more')?.focus({ preventScroll: true });
      previous = m;
    }
    for (const [id, item] of this.items) if (!known.has(id)) { item.node.remove(); this.items.delete(id); }
    this.empty(chat);
    const pinned = known.get(chat.pinned);
    this.pin.hidden = !pinned || pinned.deleted;
    if (pinned) this.pin.replaceChildren(el('b', {}, 'Pinned'), el('span', { dir: 'auto' }, firstLine(pinned)));
    if (atEnd || first) this.toEnd();
    this.seen.set(chat.id, chat.messages.length);
    this.drawTabs();
  }

  // item returns the node of a message: the one on the screen if nothing has changed, else a new one, which
  // takes the old one's place.
  item(m, again, answered, first) {
    const key = JSON.stringify([m, again, answered && [answered.name, firstLine(answered), answered.deleted], this.opened === m.id]);
    const old = this.items.get(m.id);
    if (old?.key === key) return old.node;
    const node = this.message(m, again, answered);
    if (old) old.node.replaceWith(node);
    else if (!first) node.classList.add('fresh');
    this.items.set(m.id, { key, node });
    return node;
  }

  empty(chat) {
    this.list.querySelector('.empty')?.remove();
    if (chat.messages.some((m) => !m.service)) return;
    const words = chat.person ? `Nobody else reads this. Try ${this.sign}help.`
      : `Quiet here. Say something, or as ★ type ${this.sign}link.`;
    this.list.append(el('li', { className: 'empty' }, words));
  }

  // choices are the buttons under a message, where the messenger has such.
  choices(m) {
    if (m.deleted || !m.choices?.length) return null;
    return el('div', { className: 'choices', role: 'group', 'aria-label': 'Choices' },
      ...m.choices.map((label, n) => el('button', { type: 'button', onclick: () => this.do('press', { message: m.id, n }) }, label)));
  }

  message(m, again, answered) {
    if (m.service) return el('li', { className: 'service', 'data-id': m.id }, el('span', { dir: 'auto' }, m.text.plain || ''));
    const own = m.author === this.me;
    const bubble = el('div', { className: 'bubble' });
    if ((!own || this.platform === 'matrix') && !again) bubble.append(el('div', { className: 'name ' + hue(m.name) }, el('bdi', {}, m.name), m.bot && this.platform !== 'matrix' ? el('span', { className: 'tag' }, 'bot') : null));
    if (m.deleted) bubble.append(el('div', { className: 'text gone' }, 'This message was deleted.'));
    else {
      if (m.replyTo) bubble.append(this.quote(m, answered));
      for (const f of m.media || []) bubble.append(fileNode(f, () => this.scrolled()));
      for (const t of m.things || []) bubble.append(thingNode(t, this.myName(), (n, on) => this.do('vote', { message: m.id, n, on })));
      if (m.text.plain) bubble.append(el('div', { className: 'text', dir: 'auto' }, styled(m.text)));
    }
    bubble.append(el('div', { className: 'meta' }, m.edited && !m.deleted ? el('span', { className: 'edited' }, 'edited') : null, el('time', { dateTime: m.at }, clock(m.at))));
    const open = this.opened === m.id;
    const node = el('li', { className: 'message' + (own ? ' own' : '') + (m.bot ? ' bot' : '') + (again ? ' again' : '') + (open ? ' open' : ''), 'data-id': m.id },
      el('div', { className: 'avatar ' + hue(m.name), 'aria-hidden': 'true' }, [...m.name][0] || '?'),
      el('div', { className: 'stack' }, bubble, this.choices(m), this.reactions(m), open && !m.deleted ? this.actions(m, own) : null));
    if (!m.deleted) {
      bubble.append(el('button', {
        type: 'button', className: 'more', tabIndex: -1, 'aria-expanded': String(open), title: 'React, reply, edit, delete',
        'aria-label': `What to do with ${own ? 'your' : m.name + "'s"} message`, onclick: (e) => { e.stopPropagation(); this.toggle(m.id); },
      }, '⋯'));
      bubble.addEventListener('click', (e) => { if (!e.target.closest('a, button, audio, video, .spoiler')) this.toggle(m.id); });
    }
    return node;
  }

  jump(id) {
    this.items.get(id)?.node.scrollIntoView({ block: 'center', behavior: calm.matches ? 'auto' : 'smooth' });
  }

  quote(m, answered) {
    return el('button', { type: 'button', className: 'answered', tabIndex: -1, title: 'Go to that message', onclick: (e) => { e.stopPropagation(); this.jump(m.replyTo); } },
      el('b', {}, el('bdi', {}, answered ? answered.name : 'earlier')), el('span', { dir: 'auto' }, answered ? (answered.deleted ? 'deleted' : firstLine(answered)) : 'a message that is not here'));
  }

  reactions(m) {
    if (!m.reactions) return null;
    return el('div', { className: 'reactions' }, ...m.reactions.map((r) => {
      const given = r.names.includes(this.myName());
      return el('button', {
        type: 'button', title: r.names.join(', '), 'aria-pressed': String(given), 'aria-label': `${r.emoji} by ${r.names.join(', ')}`,
        onclick: () => this.do('react', { message: m.id, emoji: r.emoji, on: !given }),
      }, sign(r.emoji), el('span', {}, String(r.names.length)));
    }));
  }

  actions(m, own) {
    const me = this.people.find((p) => p.id === this.me);
    const heart = this.platform === 'telegram' ? '❤' : '❤️'; // Telegram's list has it without the selector
    const ways = ['👍', heart, '🔥', '🎉', '😁', '🙏'];
    const numbers = this.platform === 'signal' ? numbersOf(m) : []; // on Matrix the bot itself has put them under the message
    const mine = (emoji) => (m.reactions || []).some((r) => r.emoji === emoji && r.names.includes(me.name));
    const act = (label, what, onclick) => el('button', { type: 'button', className: what, onclick: () => { this.toggle(null); onclick(); } }, label);
    const emoji = (one) => el('button', {
      type: 'button', className: 'emoji', 'aria-label': 'React with ' + one, 'aria-pressed': String(mine(one)),
      onclick: () => { this.toggle(null); this.do('react', { message: m.id, emoji: one, on: !mine(one) }); },
    }, sign(one));
    return el('div', { className: 'actions', role: 'group', 'aria-label': 'Message actions' },
      numbers.length ? el('div', { className: 'numbers' }, ...numbers.map(emoji)) : null,
      el('div', {}, ...ways.map(emoji)),
      el('div', {}, act('Reply', 'reply', () => this.about({ reply: m })),
        own ? act('Edit', 'edit', () => this.about({ edit: m })) : null,
        own || me.host ? act('Delete', 'delete', () => this.remove(m)) : null));
  }

  async remove(m) {
    if (await this.do('delete', { message: m.id }) && this.platform === 'telegram') this.tell('Telegram does not tell bots what people delete, so the other phones keep it.');
  }

  toggle(id) {
    this.opened = this.opened === id ? null : id;
    this.draw();
    if (this.opened) this.items.get(id)?.node.scrollIntoView({ block: 'nearest' });
  }

  // about sets what the next message is about: an answer to one, an edit of one, or nothing.
  about(subject) {
    if (this.subject?.edit && !subject?.edit) this.text.value = '';
    this.subject = subject;
    this.context.hidden = !subject;
    if (subject) {
      const m = subject.edit || subject.reply;
      this.context.replaceChildren(el('div', {}, el('b', {}, subject.edit ? 'Edit' : 'Answer ' + m.name), el('span', { dir: 'auto' }, firstLine(m))),
        el('button', { type: 'button', 'aria-label': 'Not any more', onclick: () => this.about(null) }, '✕'));
      if (subject.edit) this.text.value = typed(m.text);
      this.text.focus();
    }
    this.grow();
  }

  grow() {
    this.text.style.height = 'auto';
    this.text.style.height = Math.min(this.text.scrollHeight, 120) + 'px';
  }

  attachments(open) {
    this.menu.hidden = !open;
    this.plus.setAttribute('aria-expanded', String(open));
  }

  async send() {
    const text = this.text.value;
    const subject = this.subject;
    if (!text.trim()) return;
    const done = subject?.edit ? await this.do('edit', { message: subject.edit.id, text }) : await this.do('say', { text, replyTo: subject?.reply?.id });
    if (!done) return;
    this.text.value = '';
    this.about(null);
    this.toEnd();
  }

  async sample(sample) {
    this.attachments(false);
    if (await this.do('say', { sample, text: this.text.value, replyTo: this.subject?.reply?.id })) { this.text.value = ''; this.about(null); }
  }

  async attach() {
    this.attachments(false);
    const files = [...this.file.files].slice(0, 4);
    this.file.value = '';
    if (files.some((f) => f.size > 2e6)) return this.tell('At most 2 MB per file, please: this is a demo.');
    const read = (f) => new Promise((done, fail) => {
      const reader = new FileReader();
      reader.onload = () => done({ name: f.name, data: reader.result.split(',')[1] });
      reader.onerror = () => fail(reader.error);
      reader.readAsDataURL(f);
    });
    if (await this.do('say', { files: await Promise.all(files.map(read)), text: this.text.value })) { this.text.value = ''; this.about(null); }
  }

  async do(action, more) {
    try {
      await post(action, { platform: this.platform, person: this.me, chat: this.chat, ...more });
      return true;
    } catch (err) {
      this.tell(`${this.name} says: ${err.message}`);
      return false;
    }
  }

  tell(words) {
    this.note.textContent = words;
    this.note.hidden = false;
    clearTimeout(this.noting);
    this.noting = setTimeout(() => { this.note.hidden = true; }, 8000);
  }
}
