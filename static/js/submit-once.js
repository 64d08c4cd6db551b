// A form that is on its way is not sent again: its button says so (data-waiting) until the answer comes.
(() => {
  const release = (form) => {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("[aria-disabled][data-was]")) {
      button.removeAttribute("aria-disabled");
      if (button.dataset.waiting) button.lastChild.textContent = button.dataset.was;
      delete button.dataset.was;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if ("sending" in form.dataset) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sending = "";
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    button.dataset.was = button.lastChild.textContent;
    if (button.dataset.waiting) button.lastChild.textContent = button.dataset.waiting;
  }, { capture: true });

  const releaseAll = () => document.querySelectorAll("form[data-sending]").forEach(release);
  window.addEventListener("pageshow", releaseAll);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-sending]");
    if (form) release(form);
  });
})();
