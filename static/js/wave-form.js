// <wave-form role="slider" tabindex="0"><canvas></canvas></wave-form>
//
// Draws how loud a recording is, and how far it was played. A click or a drag tells where to go: "seek",
// with the share of the whole. The loudness is worked out here, once a session, from the audio itself.
(() => {
  const BARS = 240;
  const MOST_BYTES = 24 * 2 ** 20;

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
      this.dispatchEvent(new CustomEvent("seek", { detail: share }));
    }

    set progress(share) {
      this.played = share;
      this.draw();
    }

    // Whether anything can be heard in it; undefined when that cannot be told.
    async read(src) {
      if (this.isRead) return undefined;
      this.isRead = true;
      const key = `peaks:${src}`;
      const kept = sessionStorage.getItem(key);
      this.peaks = kept ? JSON.parse(kept) : await loudness(src, this.gone.signal).catch(() => undefined);
      if (!this.peaks) {
        this.isRead = false;
        return undefined;
      }
      try {
        sessionStorage.setItem(key, JSON.stringify(this.peaks));
      } catch {
        // No room left: it is worked out again on the next page.
      }
      this.draw();
      return Math.max(...this.peaks) > 0.005;
    }

    draw() {
      const { clientWidth: wide, clientHeight: high, canvas } = this;
      const scale = window.devicePixelRatio || 1;
      canvas.width = wide * scale;
      canvas.height = high * scale;
      const pen = canvas.getContext("2d");
      pen.scale(scale, scale);
      const style = getComputedStyle(this);
      const bars = Math.max(1, Math.min(BARS, Math.floor(wide / 4)));
      const loudest = Math.max(0.02, ...(this.peaks ?? []));
      for (let bar = 0; bar < bars; bar += 1) {
        const share = bar / bars;
        const peak = this.peaks ? this.peaks[Math.floor(share * BARS)] / loudest : 0;
        const tall = Math.max(2, peak * (high - 12));
        pen.fillStyle = share < this.played ? style.accentColor : style.color;
        pen.fillRect(share * wide + 1, (high - tall) / 2, 2, tall);
      }
      pen.fillStyle = style.caretColor;
      if (this.played > 0) pen.fillRect(Math.min(wide - 1.5, this.played * wide), 0, 1.5, high);
    }
  }

  async function loudness(src, signal) {
    const whole = await new Blob(await parts(src, signal)).arrayBuffer();
    // Speech needs no more than this, and an hour of it fits.
    const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(whole);
    const samples = sound.getChannelData(0);
    const width = samples.length / BARS;
    return Array.from({ length: BARS }, (_, bar) => {
      let peak = 0;
      for (let at = Math.floor(bar * width); at < (bar + 1) * width && at < samples.length; at += 1) {
        peak = Math.max(peak, Math.abs(samples[at]));
      }
      return Math.round(peak * 1000) / 1000;
    });
  }

  // The audio in the helpings the server gives, each asked for once it is there.
  async function parts(src, signal) {
    const found = [];
    let have = 0;
    let size = Infinity;
    let patience = 60;
    while (have < size) {
      const answer = await fetch(src, { headers: { Range: `bytes=${have}-` }, signal });
      if (answer.status === 503 && (patience -= 1)) {
        await new Promise((done) => setTimeout(done, 1000));
        continue;
      }
      if (answer.status !== 206) throw new Error(`answered ${answer.status}`);
      size = Number(answer.headers.get("Content-Range").split("/")[1]);
      if (!(size <= MOST_BYTES)) throw new Error("too large to draw");
      const part = await answer.blob();
      have += part.size;
      found.push(part);
    }
    return found;
  }

  customElements.define("wave-form", WaveForm);
})();
