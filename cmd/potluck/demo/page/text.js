// How texts and files become nodes. What people wrote is data here and becomes text nodes only; nothing ever
// parses it as HTML.
'use strict';

// el makes an element. Properties that start with "on" are listeners, those with a dash are attributes.
function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === undefined || value === null) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key.includes('-') || key === 'role') node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ''));
  return node;
}

// styled turns a canonical text (plain text and a tree of spans in UTF-16 units) into nodes.
function styled(text) {
  const root = document.createDocumentFragment();
  const plain = text.plain || '';
  const open = [{ node: root, end: plain.length }];
  let at = 0;
  const top = () => open[open.length - 1];
  const advance = (to) => {
    if (to > at) top().node.append(plain.slice(at, to));
    at = Math.max(at, to);
  };
  const close = (until) => {
    while (open.length > 1 && top().end <= until) {
      advance(top().end);
      open.pop();
    }
  };
  for (const span of text.spans || []) {
    close(span.start);
    advance(span.start);
    const node = styleNode(span);
    top().node.append(node);
    open.push({ node, end: span.end });
  }
  close(plain.length);
  advance(plain.length);
  return root;
}

function styleNode(span) {
  const tags = { quote: 'blockquote', bold: 'strong', italic: 'em', underline: 'u', strike: 's', code: 'code', pre: 'pre' };
  if (span.style === 'link') {
    if (!/^(https?|mailto|tel):/i.test(span.value)) return el('span', { className: 'link', title: span.value });
    return el('a', { href: span.value, rel: 'noopener noreferrer', target: '_blank' });
  }
  if (span.style === 'spoiler') {
    const show = (e) => {
      e.stopPropagation();
      e.currentTarget.classList.add('shown');
      e.currentTarget.removeAttribute('aria-label');
    };
    return el('span', {
      className: 'spoiler', role: 'button', tabIndex: 0, title: 'Spoiler: click to read', 'aria-label': 'Spoiler: press to read',
      onclick: show, onkeydown: (e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); show(e); } },
    });
  }
  return el(tags[span.style] || 'span', { className: span.style });
}

const hue = (name) => 'c' + ([...name].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) >>> 0, 7) % 7);
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
const firstLine = (m) => m.text.plain ? m.text.plain.slice(0, 120).replace(/\s+/g, ' ') : [...(m.media || []).map((f) => f.kind), ...(m.things || []).map((t) => t.line)].join(', ') || '…';

// numbersOf returns the keycaps of the numbered lines that a message of the bot ends with: reacting with one chooses it.
const numbersOf = (m) => m.bot ? ((m.text.plain || '').match(/(?<=^|\n)[1-9](?= {2}\S)/g) || []).map((n) => n + '\uFE0F\u20E3') : [];

// sign shows an emoji; keycaps are drawn, for many systems have no picture of them.
const sign = (emoji) => /^[1-9]\uFE0F?\u20E3$/.test(emoji) ? el('span', { className: 'keycap' }, emoji[0]) : emoji;

// fileNode shows a file as far as browsers can; loaded is called when its size on the page is known.
function fileNode(f, loaded) {
  const name = f.name || f.kind;
  if (f.show === 'image') return el('img', { className: 'picture ' + f.kind.replace(' ', '-'), src: f.url, alt: `${f.kind}: ${name}`, onload: loaded });
  if (f.show === 'audio' || f.show === 'video') {
    return el('div', { className: 'sound' }, el('span', { className: 'kind' }, f.kind), el(f.show, { controls: true, preload: 'metadata', src: f.url, 'aria-label': `${f.kind}: ${name}` }));
  }
  return el('a', { className: 'paper', href: f.url, download: name }, el('span', { 'aria-hidden': 'true' }, '📄'), el('span', {}, el('b', {}, name), el('small', {}, f.size)));
}

// thingNode shows what has no bytes; in a poll people vote with a tap, and take it back with another.
function thingNode(t, me, vote) {
  const signs = { poll: '📊', location: '📍', venue: '📍', 'live location': '📍', contact: '👤', dice: '🎲' };
  const node = el('div', { className: 'thing' }, el('b', { dir: 'auto' }, (signs[t.kind] || '▫️') + ' ' + t.line + (t.closed ? ' (closed)' : '')));
  for (const [n, o] of (t.poll || []).entries()) {
    const names = o.names || [];
    const given = names.includes(me);
    node.append(el('button', {
      type: 'button', className: 'option', disabled: !!t.closed, title: names.join(', '), 'aria-pressed': String(given),
      onclick: (e) => { e.stopPropagation(); vote(n, !given); },
    }, el('span', { dir: 'auto' }, o.text), el('span', {}, String(names.length))));
  }
  return node;
}

// typed gives a text back the signs that it was typed with.
function typed(text) {
  const signs = { bold: '*', italic: '_', strike: '~', code: '`', spoiler: '||' };
  const plain = text.plain || '';
  const marks = [];
  (text.spans || []).forEach((s, i) => {
    const sign = signs[s.style];
    if (sign) marks.push({ at: s.start, order: i, sign }, { at: s.end, order: -1 - i, sign });
  });
  marks.sort((a, b) => a.at - b.at || a.order - b.order);
  let out = '', at = 0;
  for (const m of marks) { out += plain.slice(at, m.at) + m.sign; at = m.at; }
  return out + plain.slice(at);
}
