// The live side of the chat page. Without it every form still works by POST and redirect.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const [log, list, box, composer] = ["log", "messages", "text", "composer"].map(byId);
  const language = document.documentElement.lang;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const draft = "chat-draft";
  let lastId = Number(log.dataset.last);

  // --- small helpers -------------------------------------------------------------------------

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // The draft survives only the one reload that we cause; it is not left on the device.
  function reload() {
    if (box.value) sessionStorage.setItem(draft, box.value);
    location.replace("/");
  }

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 120;

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    // Does nothing unless strong zoom makes the page scroll as a whole.
    scrollTo(0, document.body.scrollHeight);
    byId("newer").hidden = true;
  }

  // --- times: the server knows only UTC, the reader lives somewhere ---------------------------

  const clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
  const fromToday = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

  function dayName(date) {
    const midnight = (d) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
    const days = Math.round((midnight(date) - midnight(new Date())) / 86400000);
    return days === 0 || days === -1 ? fromToday.format(days, "day") : day.format(date);
  }

  function setTimes() {
    list.querySelectorAll(".day").forEach((item) => item.remove());
    let previous = dayName(new Date());
    for (const item of list.querySelectorAll("li")) {
      const time = item.querySelector("time[datetime]");
      if (!time) continue;
      const date = new Date(time.dateTime);
      time.textContent = clock.format(date);
      time.title = day.format(date);
      const name = dayName(date);
      if (name === previous) continue;
      previous = name;
      const divider = document.createElement("li");
      divider.className = "day";
      divider.textContent = name;
      item.before(divider);
    }
  }

  // --- showing messages ----------------------------------------------------------------------

  function spendChoices(before) {
    for (const form of list.querySelectorAll("form.choices:not(.spent)")) {
      if (before && !(form.compareDocumentPosition(before) & Node.DOCUMENT_POSITION_FOLLOWING)) {
        continue;
      }
      form.classList.add("spent");
      form.querySelectorAll("button").forEach((button) => (button.disabled = true));
    }
  }

  function show(item, mustScroll) {
    const follow = mustScroll || isAtEnd();
    const pending = item.dataset.key && list.querySelector(`[data-pending="${item.dataset.key}"]`);
    if (pending) pending.replaceWith(item);
    else list.append(item);
    if (item.dataset.side === "borrower" && !item.classList.contains("event")) spendChoices(item);
    setTimes();
    if (!follow) {
      byId("newer").hidden = false;
      return;
    }
    toEnd();
    // A long answer is read from its beginning.
    if (item.offsetHeight > log.clientHeight) log.scrollTop = item.offsetTop - 12;
  }

  function receive(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const item = template.content.firstElementChild;
    lastId = Math.max(lastId, Number(item.dataset.id));
    if (byId(item.id)) return;
    if (item.dataset.side !== "borrower") {
      byId("typing").hidden = true;
      if (document.hidden) document.title = `● ${title}`;
    }
    show(item);
  }

  const title = document.title;
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.title = title;
  });

  // --- sending -------------------------------------------------------------------------------

  function alertWith(problem) {
    const content = byId("problem").content.cloneNode(true);
    content.querySelector("strong").textContent = problem.title;
    content.querySelector(".detail").textContent = problem.text;
    content.querySelector("button").addEventListener("click", () => {
      byId("alert").replaceChildren();
      box.focus();
    });
    byId("alert").replaceChildren(content);
  }

  async function post(body, item) {
    const [sending, failed] = [".sending", ".failed"].map((part) => item.querySelector(part));
    let problem = null;
    try {
      const response = await fetch("/messages", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(60000),
      });
      if (response.ok) {
        sending.hidden = true;
        return;
      }
      problem = await response.json();
    } catch {
      // No connection, or no answer: the message keeps its key, so trying again is harmless.
    }
    if (problem) alertWith(problem);
    if (problem?.problem === "stale") {
      item.remove();
      return;
    }
    if (problem?.problem === "too_long") {
      item.remove();
      box.value = body.text;
      grow();
      return;
    }
    sending.hidden = true;
    failed.hidden = false;
    if (isAtEnd()) toEnd();
  }

  // One after the other: of two requests at once, the later may overtake.
  let sent = Promise.resolve();

  function postInTurn(body, item) {
    item.querySelector(".sending").hidden = false;
    item.querySelector(".failed").hidden = true;
    sent = sent.then(() => post(body, item));
  }

  function send(body, text) {
    body.key = newKey();
    byId("alert").replaceChildren();
    const item = byId("pending").content.cloneNode(true).firstElementChild;
    item.dataset.pending = body.key;
    item.querySelector(".text").textContent = text;
    item.querySelector("time").dateTime = new Date().toISOString();
    item.querySelector(".failed button").addEventListener("click", () => postInTurn(body, item));
    show(item, true);
    postInTurn(body, item);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const action = form.getAttribute("action");
    if (action !== "/messages") {
      // A reload that the stream asks for would overtake the answer to this form.
      source.close();
      if (action === "/language" && box.value) sessionStorage.setItem(draft, box.value);
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    if (form === composer) {
      if (!box.value.trim()) return;
      send({ text: box.value }, box.value.trim());
      box.value = "";
      grow();
      box.focus();
    } else if (button.name === "choice") {
      // The button is about to be disabled; without this the focus would fall to the page's top.
      log.focus({ preventScroll: true });
      send({ message: form.elements.message.value, choice: button.value }, button.textContent);
    } else {
      send({ text: button.value }, button.textContent.trim());
    }
  });

  // --- the composer --------------------------------------------------------------------------

  function grow() {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
    byId("send").disabled = !box.value.trim();
  }

  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    // Enter also confirms a word in a Chinese input method (Safari: only the key code tells).
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });

  // --- the stream ----------------------------------------------------------------------------

  let source = null;
  let lost = 0;
  let typing = 0;
  let attempts = 0;

  function setOffline(isOffline) {
    clearTimeout(lost);
    lost = 0;
    byId("banner").hidden = !isOffline;
  }

  function connect() {
    const query = new URLSearchParams({ after: lastId, clean: log.dataset.clean, language });
    source = new EventSource(`/stream?${query}`);
    source.onopen = () => {
      attempts = 0;
      setOffline(false);
    };
    source.onerror = () => {
      // The server ends a stream now and then; only a longer silence is worth a word.
      if (!lost) lost = setTimeout(() => setOffline(true), 4000);
      if (source.readyState !== EventSource.CLOSED) return;
      attempts += 1;
      setTimeout(connect, Math.min(1000 * 2 ** attempts, 30000));
    };
    source.addEventListener("message", (event) => receive(JSON.parse(event.data).html));
    source.addEventListener("reload", () => {
      source.close();
      // In another tab the chat was left: its answer brings the new session a moment later.
      setTimeout(reload, 500);
    });
    source.addEventListener("state", (event) => {
      const { owner, note } = JSON.parse(event.data);
      const state = byId("state");
      state.dataset.owner = owner;
      if (state.textContent !== note) state.textContent = note;
    });
    source.addEventListener("typing", () => {
      const follow = isAtEnd();
      byId("typing").hidden = false;
      clearTimeout(typing);
      typing = setTimeout(() => (byId("typing").hidden = true), 8000);
      if (follow) toEnd();
    });
  }

  addEventListener("offline", () => setOffline(true));
  addEventListener("online", () => {
    source.close();
    connect();
  });
  // A page from the back/forward cache may show a chat that was left meanwhile.
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // --- pictures, menu, start -----------------------------------------------------------------

  const viewer = byId("viewer");
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a.picture");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [large, small] = [viewer.querySelector("img"), link.querySelector("img")];
    large.src = small.src;
    large.alt = small.alt;
    viewer.showModal();
  });
  viewer.addEventListener("click", () => viewer.close());

  const menu = byId("menu");
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  log.addEventListener("scroll", () => isAtEnd() && (byId("newer").hidden = true));
  byId("newer").addEventListener("click", toEnd);

  box.value = sessionStorage.getItem(draft) ?? box.value;
  sessionStorage.removeItem(draft);
  if (location.search || location.hash) history.replaceState(null, "", "/");
  setTimes();
  grow();
  toEnd();
  connect();
})();
