// Says where a <recording-player> is, whenever it tells "player:at": beside it in figures and on its slider in
// words; after "player:sought" also to somebody who listens to the page.
(() => {
  const clock = (seconds) =>
    `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function spoken(seconds) {
    const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
    const words = [];
    if (minutes) words.push(minutes === 1 ? "1 minute" : `${minutes} minutes`);
    if (rest || !minutes) words.push(rest === 1 ? "1 second" : `${rest} seconds`);
    return words.join(" ");
  }

  document.addEventListener("player:at", ({ target: player, detail: { at, all } }) => {
    player.querySelector("[data-elapsed]").textContent = clock(at);
    if (all) {
      player.querySelector("[data-total]").textContent = clock(Math.round(all));
      player.querySelector("[data-left]").textContent = `–${clock(Math.round(Math.max(0, all - at)))}`;
    }
    const slider = player.querySelector("[role=slider]");
    slider.setAttribute("aria-valuemax", Math.round(all));
    slider.setAttribute("aria-valuenow", Math.round(at));
    slider.setAttribute("aria-valuetext", `${spoken(at)} of ${spoken(all)}`);
  });

  document.addEventListener("player:sought", ({ target: player, detail: { at, all } }) => {
    player.querySelector("[data-heard]").textContent = `${spoken(at)} of ${spoken(all)}`;
  });
})();
