// The little that pages need beside htmx: clocks that run, a transcript that stays at its end, drafts
// that survive a reload, and failures that are said. Everything else works without script.
"use strict";

(() => {
  const minutesOf = (ms) => Math.floor(Math.abs(ms) / 60000);
  const told = (ms) => {
    const minutes = minutesOf(ms), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    const zh = document.documentElement.lang.startsWith("zh");
    const [d, h, m] = zh ? [" 天 ", " 小时 ", " 分钟"] : [" d ", " h ", " min"];
    if (days) return days + d + (hours % 24) + (zh ? " 小时" : " h");
    if (hours) return hours + h + (minutes % 60) + m;
    return minutes + m;
  };

  // An age: <time data-age datetime="...">. Deadlines run in business hours: the server counts them.
  const tick = () => {
    for (const node of document.querySelectorAll("time[data-age]")) {
      node.textContent = told(Date.now() - Date.parse(node.dateTime));
    }
  };
  setInterval(tick, 15000);

  const lines = () => document.querySelector("[data-lines]");
  let wasAtEnd = true;
  const toEnd = () => { const box = lines(); if (box) box.scrollTop = box.scrollHeight; };
  const noteEnd = () => {
    const box = lines();
    if (box) wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  };

  // Drafts stay in this tab only, by conversation, and go with the tab or once they are sent.
  const keep = (field) => {
    const key = "draft:" + location.pathname + ":" + field.name;
    if (field.dataset.kept) return;
    field.dataset.kept = "yes";
    if (!field.value) field.value = sessionStorage.getItem(key) || "";
    field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
    field.form.addEventListener("submit", () => sessionStorage.removeItem(key));
  };
  const setUp = () => {
    document.querySelectorAll("textarea[data-draft]").forEach(keep);
    tick();
  };

  const fail = (text) => {
    const box = document.getElementById("failed");
    if (!box) return;
    box.textContent = text;
    box.hidden = false;
    setTimeout(() => { box.hidden = true; }, 12000);
  };

  document.addEventListener("DOMContentLoaded", () => {
    setUp();
    toEnd();
    const box = lines();
    if (box) box.addEventListener("scroll", noteEnd);
    for (const button of document.querySelectorAll("[data-menu]")) {
      button.addEventListener("click", () => {
        const open = document.getElementById("links").classList.toggle("open");
        button.setAttribute("aria-expanded", String(open));
      });
    }
  });

  document.addEventListener("click", (event) => {
    const canned = event.target.closest("[data-fill]");
    if (canned) {
      const field = document.querySelector("textarea[data-draft]");
      if (field) {
        field.value = canned.dataset.fill;
        field.dispatchEvent(new Event("input"));
        field.focus();
        const more = canned.closest("details");
        if (more) more.open = false;
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    // Ctrl+Enter sends what is being written.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea[data-draft]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  document.addEventListener("htmx:afterSettle", () => { setUp(); });
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    // After a broken connection the server may send lines again that the page has.
    if (!event.detail || event.detail.type !== "line") return;
    const found = /id="([mn]\d+)"/.exec(event.detail.data || "");
    if (found && document.getElementById(found[1])) event.preventDefault();
  });
  document.addEventListener("htmx:sseMessage", (event) => {
    if (!event.detail || event.detail.type !== "line") return;
    if (wasAtEnd) toEnd();
    const newest = document.querySelectorAll("[data-lines] .line.borrower");
    const last = newest.length ? newest[newest.length - 1].id.slice(1) : "";
    // What the reader has on the page now; moves that must not overlook a message carry it.
    if (last) for (const field of document.querySelectorAll("input[name=seen]")) field.value = last;
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    fail(status === 401 ? document.body.dataset.gone : document.body.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => fail(document.body.dataset.failed));
})();
