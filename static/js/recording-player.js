// <recording-player data-seconds="74"><audio controls …>…<div data-deck hidden>…</div></recording-player>
//
// A deck in place of the browser's own controls, which stay where no script runs. Others ask it to "player:toggle",
// "player:hush", "player:skip" (by seconds), "player:seek" (to a share of the whole) or "player:again". It tells
// "player:at", "player:sought", "player:turned" (by somebody) and "player:plays". data-wants: it plays, or soon will.
(() => {
  class RecordingPlayer extends HTMLElement {
    connectedCallback() {
      this.audio = this.querySelector("audio");
      this.begin = 0;
      this.isPlaced = false;
      this.audio.removeAttribute("controls");
      for (const part of this.querySelectorAll("[data-deck]")) part.hidden = false;
      this.listen();
      this.show();
    }

    disconnectedCallback() {
      this.gone.abort();
      this.audio.pause();
    }

    listen() {
      this.gone = new AbortController();
      const on = (target, name, act) => target.addEventListener(name, act, { signal: this.gone.signal });
      on(this, "player:toggle", () => this.toggle());
      on(this, "player:hush", () => this.hush());
      on(this, "player:skip", ({ detail }) => this.seek(this.begin + detail));
      on(this, "player:seek", ({ detail }) => this.seek(detail * this.seconds));
      on(this, "player:again", () => this.start());
      for (const name of ["play", "ended", "timeupdate", "durationchange", "seeked"]) {
        on(this.audio, name, () => this.show());
      }
      on(this.audio, "loadedmetadata", () => this.place());
      on(this.audio, "pause", () => this.stopped());
      for (const name of ["playing", "seeked"]) on(this.audio, name, () => this.arrived());
      on(this.audio, "error", () => (this.isPlaced = false));
    }

    get seconds() {
      const { duration } = this.audio;
      return Number.isFinite(duration) ? duration : Number(this.dataset.seconds) || 0;
    }

    get wants() {
      return this.hasAttribute("data-wants");
    }

    set wants(isWanted) {
      this.toggleAttribute("data-wants", isWanted);
    }

    toggle() {
      if (this.wants) return this.hush();
      this.start();
      this.tell("player:turned");
    }

    start() {
      this.wants = true;
      this.isPlaced &&= !this.audio.error;
      if (this.audio.error) this.audio.load();
      this.audio.play().catch(() => this.show());
    }

    hush() {
      this.wants = false;
      this.audio.pause();
      this.tell("player:turned");
      this.show();
    }

    // By us, by a key of the keyboard or the headset, or at the end.
    stopped() {
      if (!this.audio.error) this.wants = false;
      this.show();
    }

    // On the way to another place, "playing" is still about the one it left.
    arrived() {
      if (this.audio.seeking || this.audio.paused) return;
      this.wants = true;
      this.tell("player:plays", { src: this.audio.currentSrc, signal: this.gone.signal });
    }

    // Loading forgets where it was, and before that there is no place to go to.
    place() {
      if (this.begin) this.audio.currentTime = this.begin;
      this.isPlaced = true;
    }

    seek(seconds) {
      const to = (this.begin = Math.min(Math.max(0, seconds), this.seconds || seconds));
      if (this.isPlaced) this.audio.currentTime = to;
      this.show();
      this.tell("player:sought", { at: to, all: this.seconds });
    }

    show() {
      if (this.isPlaced) this.begin = this.audio.currentTime;
      this.tell("player:at", { at: this.begin, all: this.seconds });
    }

    tell(name, detail) {
      this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
    }
  }

  customElements.define("recording-player", RecordingPlayer);
})();
