// Extras for screen readers; the page works without them.
new MutationObserver(() => {
  // Gradio names each message by its raw source, tags included; without, its text is read.
  for (const part of document.querySelectorAll("#lm-chat [data-testid][aria-label]")) {
    part.removeAttribute("aria-label");
  }
  // It calls the example buttons a list, which has no items then.
  for (const list of document.querySelectorAll('#lm-chat .examples[role="list"]')) {
    list.setAttribute("role", "group");
  }
}).observe(document.documentElement, { childList: true, subtree: true });
