// <player-speed><label>Speed <select>…</select></label></player-speed> in a <recording-player>
//
// How fast it plays: the same for all players of a page, and remembered in this browser. "player:speed" asks for
// one step faster (1) or slower (-1).
(() => {
  const SPEED = "player:speed";

  class PlayerSpeed extends HTMLElement {
    connectedCallback() {
      const player = this.closest("recording-player");
      this.select = this.querySelector("select");
      this.audio = player.querySelector("audio");
      this.heard = player.querySelector("[data-heard]");
      this.gone = new AbortController();
      const { signal } = this.gone;
      this.select.addEventListener("change", () => this.choose(), { signal });
      player.addEventListener("player:speed", (event) => this.step(event.detail), { signal });
      this.set(Number(localStorage.getItem(SPEED)) || 1);
    }

    disconnectedCallback() {
      this.gone.abort();
    }

    set(speed) {
      const isKnown = [...this.select.options].some((option) => Number(option.value) === speed);
      this.select.value = String(isKnown ? speed : 1);
      this.audio.defaultPlaybackRate = this.audio.playbackRate = Number(this.select.value);
    }

    choose() {
      localStorage.setItem(SPEED, this.select.value);
      for (const each of document.querySelectorAll("player-speed")) each.set(Number(this.select.value));
    }

    step(by) {
      const { options, selectedIndex } = this.select;
      this.select.selectedIndex = Math.min(Math.max(0, selectedIndex + by), options.length - 1);
      this.choose();
      this.heard.textContent = `Speed ${this.select.value}`;
    }
  }

  customElements.define("player-speed", PlayerSpeed);
})();
