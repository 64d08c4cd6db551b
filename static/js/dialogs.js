// <a data-dialog href="/broadcasts/42/start/">Start…</a> opens the <dialog> of that page here: fetched into #dialog,
// modal, Esc and a click beside it close it, and focus returns to the link. Without this script it is a link.
// A form in it may ask again in its place; trouble is told on the page, and the question makes room for it.
(() => {
  let opener = null;

  const isPlain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

  const open = (dialog) => {
    dialog.removeAttribute("open");
    dialog.showModal();
    // htmx focuses what carries this once more when it settles, and would pull a quick reader back.
    dialog.querySelectorAll("[autofocus]").forEach((element) => element.removeAttribute("autofocus"));
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener?.isConnected) opener.focus();
    });
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && isPlain(event)) {
      event.preventDefault();
      opener = link;
      const place = document.getElementById("dialog");
      await htmx.ajax("GET", link.href, { source: link, target: place, swap: "innerHTML" }).catch(() => {});
    }
    const dialog = event.target.closest("dialog");
    if (dialog?.matches(":modal") && (event.target === dialog || event.target.closest("[data-close]"))) {
      event.preventDefault();
      dialog.close();
    }
  });

  const makeRoom = () => document.querySelector("#dialog > dialog")?.close();
  document.addEventListener("htmx:sendError", makeRoom);
  document.addEventListener("htmx:timeout", makeRoom);

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "notices") makeRoom();
    if (event.target.id !== "dialog") return;
    const dialog = event.target.querySelector("dialog");
    if (dialog) open(dialog);
    else if (opener) location.assign(opener.href);
  });
})();
