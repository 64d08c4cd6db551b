// <wave-form role="slider" tabindex="0"><canvas></canvas></wave-form> in a <recording-player>
//
// Draws how loud a recording is ("player:peaks") and how far it was played ("player:at"). A click or a drag
// asks to go there: "player:seek", with the share of the whole.
(() => {
  const MOST_BARS = 240;

  class WaveForm extends HTMLElement {
    connectedCallback() {
      this.canvas = this.querySelector("canvas");
      this.played = 0;
      this.resized = new ResizeObserver(() => this.draw());
      this.resized.observe(this);
      this.gone = new AbortController();
      const { signal } = this.gone;
      this.addEventListener("pointerdown", (event) => this.press(event), { signal });
      this.addEventListener("pointermove", (event) => this.drag(event), { signal });
      const player = this.closest("recording-player");
      player.addEventListener("player:at", ({ detail }) => this.move(detail), { signal });
      player.addEventListener("player:peaks", ({ detail }) => this.know(detail), { signal });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw(), { signal });
    }

    disconnectedCallback() {
      this.gone.abort();
      this.resized.disconnect();
    }

    press(event) {
      this.setPointerCapture(event.pointerId);
      this.seek(event);
    }

    drag(event) {
      if (this.hasPointerCapture(event.pointerId)) this.seek(event);
    }

    seek(event) {
      const box = this.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      this.dispatchEvent(new CustomEvent("player:seek", { bubbles: true, detail: share }));
    }

    move({ at, all }) {
      this.played = all ? at / all : 0;
      this.draw();
    }

    know(peaks) {
      this.peaks = peaks;
      this.draw();
    }

    draw() {
      const { clientWidth: wide, clientHeight: high, canvas } = this;
      const scale = window.devicePixelRatio || 1;
      canvas.width = wide * scale;
      canvas.height = high * scale;
      const pen = canvas.getContext("2d");
      pen.scale(scale, scale);
      const style = getComputedStyle(this);
      const bars = Math.max(1, Math.min(MOST_BARS, Math.floor(wide / 4)));
      const loudest = Math.max(0.02, ...(this.peaks ?? []));
      for (let bar = 0; bar < bars; bar += 1) {
        const share = bar / bars;
        const peak = this.peaks ? this.peaks[Math.floor(share * this.peaks.length)] / loudest : 0;
        const tall = Math.max(2, peak * (high - 12));
        pen.fillStyle = share < this.played ? style.accentColor : style.color;
        pen.fillRect(share * wide + 1, (high - tall) / 2, 2, tall);
      }
      pen.fillStyle = style.caretColor;
      if (this.played > 0) pen.fillRect(Math.min(wide - 1.5, this.played * wide), 0, 1.5, high);
    }
  }

  customElements.define("wave-form", WaveForm);
})();
