// Extras of the page. Everything can be read and asked without them.
(() => {
  let shown = 0;

  // A reply is shown from its question on: what to do first stands first.
  function showNewestTurn() {
    const replies = document.querySelectorAll("#lm-chat :is(.lm-reply, .lm-card)").length;
    const questions = document.querySelectorAll("#lm-chat .user-row");
    const turns = replies + questions.length;
    if (turns > shown && questions.length) {
      const newest = questions[questions.length - 1];
      requestAnimationFrame(() => newest.scrollIntoView({ block: "start" }));
    }
    shown = turns;
  }

  function nameForScreenReaders() {
    // Gradio names each message by its raw source, tags included; without, its text is read.
    for (const part of document.querySelectorAll("#lm-chat [data-testid][aria-label]")) {
      part.removeAttribute("aria-label");
    }
    // It calls the example buttons a list, which has no items then.
    for (const list of document.querySelectorAll('#lm-chat .examples[role="list"]')) {
      list.setAttribute("role", "group");
    }
    // What scrolls can be reached and scrolled by keyboard.
    for (const id of ["lm-sources", "lm-chat"]) {
      const part = document.getElementById(id);
      if (part && !part.hasAttribute("tabindex")) {
        part.setAttribute("tabindex", "0");
        part.setAttribute("role", "region");
        part.setAttribute("aria-label", NAMES[id]);
      }
    }
  }

  new MutationObserver(() => {
    nameForScreenReaders();
    showNewestTurn();
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
