// How the page speaks with the demo: requests, and the stream that tells all phones what has changed.
'use strict';

const phones = new Map(); // platform → phone

async function post(action, body) {
  const answer = await fetch('/api/' + action, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error || 'The demo does not answer.');
  return said;
}

function drawTips(tips) {
  document.querySelector('.tips').replaceChildren(...tips.map((t) => el('li', { className: t.done ? 'done' : '' },
    el('span', { className: 'tick', 'aria-hidden': 'true' }, t.done ? '✓' : ''), el('span', {}, t.text, t.done ? el('span', { className: 'hear' }, ' (done)') : null))));
  document.querySelector('.count').textContent = `${tips.filter((t) => t.done).length} of ${tips.length}`;
}

// onScreen marks the tab of the phone that a small screen shows.
function onScreen() {
  const middle = table.scrollLeft + table.clientWidth / 2;
  for (const p of phones.values()) {
    const left = p.node.offsetLeft - table.offsetLeft;
    const here = left <= middle && middle < left + p.node.offsetWidth;
    p.tab.setAttribute('aria-current', String(here));
    if (here) p.dot.hidden = true;
  }
}

function live() {
  const line = document.querySelector('.line');
  const source = new EventSource('/api/live');
  source.onopen = () => { line.textContent = 'live'; line.classList.add('on'); };
  source.onerror = () => { line.textContent = 'The demo has stopped; waiting for it.'; line.classList.remove('on'); };
  source.addEventListener('phone', (e) => {
    const state = JSON.parse(e.data);
    table.querySelector('.waiting')?.remove();
    if (phones.has(state.platform)) phones.get(state.platform).update(state);
    else phones.set(state.platform, new Phone(state));
    onScreen();
  });
  source.addEventListener('chat', (e) => {
    const chat = JSON.parse(e.data);
    phones.get(chat.platform)?.put(chat);
  });
  source.addEventListener('tips', (e) => {
    drawTips(JSON.parse(e.data));
    for (const p of phones.values()) p.laid = true; // the first tips come behind all chats that there were
  });
}

if (matchMedia('(max-width: 899px)').matches) document.querySelector('.try').open = false;
table.addEventListener('scroll', onScreen, { passive: true });
addEventListener('resize', () => { onScreen(); for (const p of phones.values()) p.grow(); });
live();
