// Keys for a <recording-player>: in it, or for the one used last when nothing else has the focus (the first
// before any was used). Space or K plays, the arrows move by 5 s (up and down on its slider alone), J and L by 10,
// digits go to a tenth, < and > change the speed.
(() => {
  const FOCUSABLE = "input, textarea, select, button, a, summary, [tabindex='0']";

  const ASKS = {
    " ": ["player:toggle"],
    k: ["player:toggle"],
    j: ["player:skip", -10],
    l: ["player:skip", 10],
    ArrowLeft: ["player:skip", -5],
    ArrowRight: ["player:skip", 5],
    Home: ["player:seek", 0],
    End: ["player:seek", 1],
    "<": ["player:speed", -1],
    ">": ["player:speed", 1],
  };

  const ASKS_SLIDER = {
    ArrowDown: ["player:skip", -5],
    ArrowUp: ["player:skip", 5],
    PageDown: ["player:skip", -10],
    PageUp: ["player:skip", 10],
  };

  function asked(key, focused) {
    if (/^[0-9]$/.test(key)) return ["player:seek", Number(key) / 10];
    const onSlider = focused?.matches("[role=slider]") && ASKS_SLIDER[key];
    return onSlider || ASKS[key.length === 1 ? key.toLowerCase() : key];
  }

  function meant(target, focused) {
    const around = target.closest?.("recording-player");
    if (around) return around;
    if (focused) return null;
    const [first] = document.getElementsByTagName("recording-player");
    return document.querySelector("recording-player[data-current]") ?? first;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = event.target.closest?.(FOCUSABLE);
    const player = meant(event.target, focused);
    if (!player || document.querySelector("dialog[open]")) return;
    if (focused?.matches("input, textarea, select")) return;
    if (event.key === " " && focused?.matches("button, a, summary")) return;
    const ask = asked(event.key, focused);
    if (!ask) return;
    event.preventDefault();
    const [name, detail] = ask;
    player.dispatchEvent(new CustomEvent(name, { detail }));
    if (name !== "player:toggle") return;
    const isOn = player.hasAttribute("data-wants");
    player.querySelector("[data-heard]").textContent = isOn ? "Playing" : "Paused";
  });
})();
