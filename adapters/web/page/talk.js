// Answers appear by themselves, and times are the reader's own. Without this script everything works all the same.
"use strict";

const log = document.getElementById("log");
const here = location.pathname;
const rest = (ms) => new Promise((done) => setTimeout(done, ms));

function localTimes() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of log.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = format.format(at);
  }
}

// show puts the messages of an answered page in the place of those shown; what is being written stays.
async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("log");
  if (!fresh) throw new Error("the page has no messages");
  const hadFocus = log.contains(document.activeElement);
  log.replaceChildren(...fresh.childNodes);
  log.dataset.version = fresh.dataset.version;
  if (hadFocus) log.focus({ preventScroll: true });
  localTimes();
  return page;
}

async function refresh() {
  const answer = await fetch(here, { cache: "no-store" });
  if (!answer.ok) throw new Error("the page is not there");
  await show(answer);
}

// press sends a choice without leaving the page, so that what is being written stays; a refusal stands above it.
async function press(form, button) {
  const choice = new URLSearchParams(new FormData(form));
  choice.set(button.name, button.value);
  const page = await show(await fetch(form.action, { method: "POST", body: choice }));
  tell(page.querySelector(".notice"));
}

// tell puts a notice, or none, above what is being written.
function tell(notice) {
  const write = document.getElementById("write");
  write.querySelector(".notice")?.remove();
  if (!notice) return;
  write.prepend(notice);
  notice.scrollIntoView({ block: "nearest" });
}

log.addEventListener("submit", (event) => {
  const form = event.target;
  if (!event.submitter) return;
  event.preventDefault();
  press(form, event.submitter).catch(() => {
    const notice = document.createElement("p");
    notice.className = "notice";
    notice.setAttribute("role", "alert");
    notice.textContent = "This could not be sent just now. Please try again.";
    tell(notice);
  });
});

// watch asks what is new, which the server answers when something is, and rests when it cannot be asked.
async function watch() {
  for (;;) {
    try {
      const answer = await fetch(here + "/news?since=" + encodeURIComponent(log.dataset.version), { cache: "no-store" });
      if (answer.status === 404) return;
      if (!answer.ok) throw new Error("not now");
      if ((await answer.text()) !== log.dataset.version) await refresh();
    } catch {
      await rest(5000);
    }
  }
}

localTimes();
document.getElementById("look").hidden = true;
watch();
