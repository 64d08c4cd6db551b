// <audio-button><button hidden>…<span data-verb>Play</span>…</button><audio controls>…<span role="status"></span>
//
// One button in place of the browser's own player, which stays where no script runs: plays, pauses, stops what
// else is playing, and says in a sentence why nothing is heard. With data-starts it plays as soon as it appears.
(() => {
  let playing = null;

  const SENTENCES = {
    401: "You are signed out. Sign in again to listen.",
    403: "You may not listen to this.",
    404: "CallFire has no audio for this.",
    503: "CallFire cannot be reached. Try again in a moment.",
    504: "CallFire is not answering. Try again in a moment.",
  };

  async function reason(src) {
    try {
      const answer = await fetch(src, { method: "HEAD", redirect: "manual" });
      if (answer.type === "opaqueredirect") return SENTENCES[401];
      return answer.ok ? "This browser cannot play it." : SENTENCES[answer.status] ?? "CallFire sent no audio.";
    } catch {
      return "Callboard does not answer. Try again in a moment.";
    }
  }

  class AudioButton extends HTMLElement {
    connectedCallback() {
      this.button = this.querySelector("button");
      this.audio = this.querySelector("audio");
      this.said = this.querySelector("[role=status]");
      this.audio.removeAttribute("controls");
      this.button.hidden = false;
      this.gone = new AbortController();
      const { signal } = this.gone;
      this.button.addEventListener("click", () => this.toggle(), { signal });
      for (const name of ["play", "playing", "waiting", "pause", "ended"]) {
        this.audio.addEventListener(name, () => this.show(), { signal });
      }
      this.audio.addEventListener("error", () => this.fail(), { signal });
      if ("starts" in this.dataset) this.toggle();
    }

    disconnectedCallback() {
      this.gone.abort();
      this.audio.pause();
      if (playing === this.audio) playing = null;
    }

    async toggle() {
      if (!this.audio.paused) return this.audio.pause();
      if (playing !== this.audio) playing?.pause();
      playing = this.audio;
      this.said.textContent = "";
      if (this.audio.error) this.audio.load();
      // Refused before anybody pressed anything, or cut off by a pause: neither is trouble.
      await this.audio.play().catch(() => this.show());
    }

    show() {
      const isOn = !this.audio.paused && !this.audio.ended;
      this.button.toggleAttribute("data-is", isOn);
      this.button.querySelector("[data-verb]").textContent = isOn ? "Pause" : "Play";
    }

    async fail() {
      this.audio.pause();
      this.show();
      this.said.textContent = await reason(this.audio.currentSrc || this.audio.src);
    }
  }

  customElements.define("audio-button", AudioButton);
})();
