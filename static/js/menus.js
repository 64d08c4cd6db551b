// <details class="menu">: Esc, a click elsewhere, or focus moving on closes an open menu.
(() => {
  const close = (keep) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(keep)) menu.open = false;
    }
  };

  document.addEventListener("click", (event) => close(event.target));
  document.addEventListener("focusin", (event) => close(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu?.contains(document.activeElement)) menu.querySelector("summary").focus();
    close(null);
  });
})();
