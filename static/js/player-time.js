// Says where a <recording-player> is, whenever it tells "player:at": beside it in figures and on its slider in
// words; after "player:sought" also to somebody who listens to the page. All of it is told in whole seconds, so
// that what was heard and what is left make up the whole.
(() => {
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

  function spoken(seconds) {
    const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
    const words = [];
    if (minutes) words.push(minutes === 1 ? "1 minute" : `${minutes} minutes`);
    if (rest || !minutes) words.push(rest === 1 ? "1 second" : `${rest} seconds`);
    return words.join(" ");
  }

  const whole = ({ at, all }) => ({ total: Math.round(all), heard: Math.round(Math.min(at, all || at)) });

  const place = ({ total, heard }) => (total ? `${spoken(heard)} of ${spoken(total)}` : spoken(heard));

  document.addEventListener("player:at", ({ target: player, detail }) => {
    const { total, heard } = whole(detail);
    player.querySelector("[data-elapsed]").textContent = clock(heard);
    if (total) {
      player.querySelector("[data-total]").textContent = clock(total);
      player.querySelector("[data-left]").textContent = `–${clock(total - heard)}`;
    }
    const slider = player.querySelector("[role=slider]");
    slider.setAttribute("aria-valuemax", total || heard);
    slider.setAttribute("aria-valuenow", heard);
    slider.setAttribute("aria-valuetext", place({ total, heard }));
  });

  document.addEventListener("player:sought", ({ target: player, detail }) => {
    player.querySelector("[data-heard]").textContent = place(whole(detail));
  });
})();
