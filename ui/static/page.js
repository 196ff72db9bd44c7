// Extras of the page. Everything can be read and asked without them.
(() => {
  let shown = 0;
  let isRating = false;
  const cameFrom = new Map(); // by source number, the id of the mark that was pressed last

  // "And back" leads to the mark that was pressed; without this, to the last reply that cites it.
  function rememberTheWay(event) {
    const link = event.target.closest?.("a.lm-mark, a.lm-back");
    if (!link) return;
    const number = link.textContent.match(/\d+/)[0];
    if (link.matches(".lm-mark")) {
      cameFrom.set(number, link.id);
    } else if (document.getElementById(cameFrom.get(number))) {
      link.hash = cameFrom.get(number);
    }
  }

  // A reply is shown from its question on: what to do first stands first.
  function showNewestTurn() {
    const replies = document.querySelectorAll("#lm-chat :is(.lm-reply, .lm-card)").length;
    const questions = document.querySelectorAll("#lm-chat .user-row");
    const turns = replies + questions.length;
    if (turns > shown && questions.length) {
      const newest = questions[questions.length - 1];
      requestAnimationFrame(() => newest.scrollIntoView({ block: "start" }));
    }
    if (!turns) cameFrom.clear();
    shown = turns;
  }

  function setAll(selector, attributes) {
    for (const part of document.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    }
  }

  function nameForScreenReaders() {
    // Gradio names each message by its raw source, tags included; without, its text is read.
    for (const part of document.querySelectorAll("#lm-chat [data-testid][aria-label]")) {
      part.removeAttribute("aria-label");
    }
    // Who spoke is seen by colour and side; page.css makes hidden text of this.
    setAll("#lm-chat .user-row", { "data-said": NAMES.asked });
    setAll("#lm-chat .bot-row", { "data-said": NAMES.replied });
    // It calls the example buttons a list, which has no items then.
    setAll('#lm-chat .examples[role="list"]', { role: "group" });
    // What scrolls can be reached and scrolled by keyboard.
    for (const id of ["lm-sources", "lm-chat"]) {
      setAll(`#${id}:not([tabindex])`, { tabindex: 0, role: "region", "aria-label": NAMES[id] });
    }
    for (const id of ["lm-rate", "lm-reasons"]) {
      setAll(`#${id}`, { role: "group", "aria-labelledby": `${id}-question` });
    }
    for (const id of ["lm-rate-yes", "lm-rate-no"]) {
      setAll(`#${id}`, { "aria-labelledby": `lm-rate-question ${id}` });
    }
    setAll("#lm-thanks", { role: "status", tabindex: -1 });
  }

  // The button that was pressed is gone with its question: the thanks are where it goes on.
  function keepFocus() {
    const thanks = document.getElementById("lm-thanks");
    if (isRating && document.activeElement === document.body && thanks?.textContent.trim()) {
      thanks.focus();
    }
  }

  document.addEventListener("click", rememberTheWay, true);
  document.addEventListener("focusin", (event) => {
    isRating = Boolean(event.target.closest("#lm-rate, #lm-reasons"));
  });
  new MutationObserver(() => {
    nameForScreenReaders();
    showNewestTurn();
    keepFocus();
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
