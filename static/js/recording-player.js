// <recording-player data-seconds="74"><audio controls …><div hidden><wave-form …>buttons…</div>…</recording-player>
//
// A deck around the browser's own audio, which stays where no script runs. Space or K plays, the arrows move by
// 5 s, J and L by 10, digits go to a tenth, < and > change the speed: in the player, or anywhere when nothing
// else has the focus. One plays at a time; the speed is remembered. What is not there yet is asked for again.
(() => {
  const SPEED = "player:speed";
  const MOST_ASKS = 45;
  let current = null;

  const clock = (seconds) =>
    `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function spoken(seconds) {
    const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
    const words = [];
    if (minutes) words.push(minutes === 1 ? "1 minute" : `${minutes} minutes`);
    if (rest || !minutes) words.push(rest === 1 ? "1 second" : `${rest} seconds`);
    return words.join(" ");
  }

  class RecordingPlayer extends HTMLElement {
    connectedCallback() {
      this.audio = this.querySelector("audio");
      this.wave = this.querySelector("wave-form");
      this.speed = this.querySelector("[data-speed]");
      this.said = this.querySelector("[data-said]");
      this.heard = this.querySelector("[data-heard]");
      this.retry = this.querySelector("[data-retry]");
      this.asks = 0;
      this.begin = 0;
      this.wants = false;
      this.isPlaced = false;
      this.audio.removeAttribute("controls");
      this.querySelector(".player__deck").hidden = false;
      this.listen();
      this.setSpeed(Number(localStorage.getItem(SPEED)) || 1);
      current ??= this;
      this.show();
    }

    disconnectedCallback() {
      this.gone.abort();
      clearTimeout(this.waiting);
      this.audio.pause();
      if (current === this) current = null;
    }

    listen() {
      this.gone = new AbortController();
      const on = (target, name, act) => target.addEventListener(name, act, { signal: this.gone.signal });
      on(this.querySelector("[data-play]"), "click", () => this.toggle());
      on(this.retry, "click", () => this.again());
      for (const button of this.querySelectorAll("[data-skip]")) {
        on(button, "click", () => this.skip(Number(button.dataset.skip)));
      }
      on(this.speed, "change", () => this.setSpeed(Number(this.speed.value)));
      on(this.wave, "seek", (event) => this.seek(event.detail * this.seconds));
      for (const name of ["play", "ended", "timeupdate", "durationchange", "seeked"]) {
        on(this.audio, name, () => this.show());
      }
      on(this.audio, "loadedmetadata", () => this.place());
      on(this.audio, "pause", () => this.stopped());
      on(this.audio, "playing", () => this.arrived());
      on(this.audio, "error", () => this.fail());
      on(document, "keydown", (event) => this.press(event));
    }

    get seconds() {
      const { duration } = this.audio;
      return Number.isFinite(duration) ? duration : Number(this.dataset.seconds) || 0;
    }

    async toggle() {
      if (this.wants) return this.hush();
      if (current !== this) current?.hush();
      current = this;
      this.wants = true;
      this.say("");
      if (this.audio.error) return this.again();
      await this.audio.play().catch(() => this.show());
    }

    hush() {
      this.wants = false;
      clearTimeout(this.waiting);
      this.audio.pause();
      this.say("");
      this.show();
    }

    // By us, by a key of the keyboard or the headset, or at the end.
    stopped() {
      if (!this.audio.error) this.wants = false;
      this.show();
    }

    arrived() {
      this.wants = true;
      this.asks = 0;
      this.say("");
      this.wave.read(this.audio.currentSrc).then((isHeard) => {
        if (isHeard === false) this.say("This recording is silent: nothing can be heard in it.");
      });
    }

    skip(seconds) {
      this.seek(this.begin + seconds);
    }

    seek(seconds) {
      current = this;
      const to = Math.min(Math.max(0, seconds), this.seconds || seconds);
      this.begin = to;
      if (this.isPlaced) this.audio.currentTime = to;
      this.show();
      this.heard.textContent = `${spoken(to)} of ${spoken(this.seconds)}`;
    }

    setSpeed(speed) {
      const known = [...this.speed.options].some((option) => Number(option.value) === speed);
      this.speed.value = String(known ? speed : 1);
      this.audio.defaultPlaybackRate = this.audio.playbackRate = Number(this.speed.value);
      localStorage.setItem(SPEED, this.speed.value);
    }

    nextSpeed(by) {
      const { options, selectedIndex } = this.speed;
      const next = options[selectedIndex + by];
      if (next) this.setSpeed(Number(next.value));
      this.heard.textContent = `Speed ${this.speed.value}`;
    }

    press(event) {
      const target = event.target.closest?.("input, textarea, select, button, a, summary, [tabindex]");
      const isHere = this.contains(event.target) || (current === this && (!target || target.id === "main"));
      if (!isHere || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
      if (event.key === " " && target?.matches("button, a, summary")) return;
      const act = this.action(event.key);
      if (!act) return;
      event.preventDefault();
      act();
    }

    action(key) {
      if (/^[0-9]$/.test(key)) return () => this.seek((Number(key) / 10) * this.seconds);
      return {
        " ": () => this.toggle(),
        k: () => this.toggle(),
        j: () => this.skip(-10),
        l: () => this.skip(10),
        ArrowLeft: () => this.skip(-5),
        ArrowRight: () => this.skip(5),
        Home: () => this.seek(0),
        End: () => this.seek(this.seconds),
        "<": () => this.nextSpeed(-1),
        ">": () => this.nextSpeed(1),
      }[key.length === 1 ? key.toLowerCase() : key];
    }

    show() {
      if (this.isPlaced) this.begin = this.audio.currentTime;
      const isOn = this.wants;
      const play = this.querySelector("[data-play]");
      play.toggleAttribute("data-is", isOn);
      play.setAttribute("aria-label", isOn ? "Pause" : "Play");
      const [at, all] = [this.begin, this.seconds];
      this.querySelector("[data-elapsed]").textContent = clock(at);
      if (all) {
        this.querySelector("[data-total]").textContent = clock(Math.round(all));
        this.querySelector("[data-left]").textContent = `–${clock(Math.round(Math.max(0, all - at)))}`;
      }
      this.wave.progress = all ? at / all : 0;
      this.wave.setAttribute("aria-valuemax", Math.round(all));
      this.wave.setAttribute("aria-valuenow", Math.round(at));
      this.wave.setAttribute("aria-valuetext", `${spoken(at)} of ${spoken(all)}`);
    }

    say(sentence, canRetry = false) {
      this.said.textContent = sentence;
      this.retry.hidden = !canRetry;
    }

    // The browser says only that it failed; the server says why, and whether asking again soon will help.
    async fail() {
      this.isPlaced = false;
      if (!this.wants) return;
      const signal = this.gone.signal;
      const answer = await fetch(this.audio.src, { headers: { Range: "bytes=0-0" }, signal }).catch(() => null);
      if (signal.aborted || !this.wants) return;
      // The beginning being here says nothing about the place it failed at.
      const isLate = this.isPlayable && this.audio.error?.code !== MediaError.MEDIA_ERR_DECODE;
      const mayCome = answer?.headers.has("Retry-After") || (answer?.ok && isLate);
      if (mayCome && this.asks < MOST_ASKS) {
        this.asks += 1;
        this.say("CallFire is still sending this recording. It goes on by itself.");
        this.waiting = setTimeout(() => this.again(), 1000);
        return;
      }
      this.wants = false;
      this.say(mayCome ? "CallFire sends this too slowly. Try again later." : await reason(answer), true);
      this.show();
    }

    again() {
      if (!this.retry.hidden) this.asks = 0;
      this.retry.hidden = true;
      this.wants = true;
      this.isPlaced = false;
      this.audio.load();
      this.audio.play().catch(() => this.show());
    }

    // Loading forgets where it was, and before that there is no place to go to.
    place() {
      if (this.begin) this.audio.currentTime = this.begin;
      this.isPlaced = this.isPlayable = true;
    }
  }

  async function reason(answer) {
    if (!answer) return "Callboard does not answer. Try again in a moment.";
    if (answer.redirected) return "You are signed out. Sign in again to listen.";
    if (answer.ok) return "This browser cannot play this recording. Download it instead.";
    if (answer.headers.get("Content-Type")?.startsWith("text/plain")) return answer.text();
    return "This recording cannot be played now. Try again in a moment.";
  }

  customElements.define("recording-player", RecordingPlayer);
})();
