// One <recording-player> plays at a time: the one used last (data-current) falls silent when another begins.
(() => {
  const current = () => document.querySelector("recording-player[data-current]");

  function take(player) {
    current()?.removeAttribute("data-current");
    player.setAttribute("data-current", "");
  }

  document.addEventListener("player:sought", (event) => take(event.target));

  document.addEventListener("player:turned", ({ target: player }) => {
    if (!player.hasAttribute("data-wants")) return;
    if (current() !== player) current()?.dispatchEvent(new CustomEvent("player:hush"));
    take(player);
  });
})();
