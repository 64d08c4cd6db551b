// One <recording-player> plays at a time: all others fall silent when one begins. data-current: the one used last.
(() => {
  function take(player) {
    document.querySelector("recording-player[data-current]")?.removeAttribute("data-current");
    player.setAttribute("data-current", "");
  }

  function begin({ target: player }) {
    if (!player.hasAttribute("data-wants")) return;
    for (const other of document.querySelectorAll("recording-player[data-wants]")) {
      if (other !== player) other.dispatchEvent(new CustomEvent("player:hush"));
    }
    take(player);
  }

  document.addEventListener("player:sought", (event) => take(event.target));
  document.addEventListener("player:turned", begin);
  document.addEventListener("player:plays", begin);
})();
