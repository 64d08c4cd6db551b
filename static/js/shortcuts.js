// "/" goes to the search, "?" lists the shortcuts. Not while somebody types or answers a question.
document.addEventListener("keydown", (event) => {
  const types = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (types || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    const search = [...document.querySelectorAll("input[type=search]")].find((input) => input.offsetParent);
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
  if (event.key === "?") {
    event.preventDefault();
    document.getElementById("shortcuts").showModal();
  }
});
