// The buttons of a <recording-player>: button[data-play] plays or pauses and says which of both it would do,
// button[data-skip="-10"] goes on or back by so many seconds.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const player = button?.closest("recording-player");
    if (!player) return;
    const ask = (name, detail) => player.dispatchEvent(new CustomEvent(name, { detail }));
    if ("play" in button.dataset) ask("player:toggle");
    if ("skip" in button.dataset) ask("player:skip", Number(button.dataset.skip));
  });

  document.addEventListener("player:at", ({ target: player }) => {
    const button = player.querySelector("[data-play]");
    const isOn = player.hasAttribute("data-wants");
    button.toggleAttribute("data-is", isOn);
    button.setAttribute("aria-label", isOn ? "Pause" : "Play");
  });
})();
