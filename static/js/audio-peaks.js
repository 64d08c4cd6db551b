// Works out how loud a recording is, from the audio itself, once it plays: "player:plays" brings its address and a
// signal for when the player is gone, "player:peaks" takes the answer back, loudness from 0 to 1 in equal steps
// of the whole. Done once a session; nothing is answered when it cannot be told.
(() => {
  const STEPS = 240;
  const MOST_BYTES = 24 * 2 ** 20;
  const asked = new WeakSet();

  document.addEventListener("player:plays", async ({ target: player, detail: { src, signal } }) => {
    if (asked.has(player)) return;
    asked.add(player);
    const peaks = remembered(src) ?? (await loudness(src, signal).catch(() => undefined));
    if (peaks) {
      remember(src, peaks);
      player.dispatchEvent(new CustomEvent("player:peaks", { detail: peaks }));
    } else {
      asked.delete(player);
    }
  });

  function remembered(src) {
    return JSON.parse(sessionStorage.getItem(`peaks:${src}`));
  }

  function remember(src, peaks) {
    try {
      sessionStorage.setItem(`peaks:${src}`, JSON.stringify(peaks));
    } catch {
      // No room left: it is worked out again on the next page.
    }
  }

  async function loudness(src, signal) {
    const whole = await new Blob(await parts(src, signal)).arrayBuffer();
    // Speech needs no more than this, and an hour of it fits.
    const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(whole);
    const samples = sound.getChannelData(0);
    const width = samples.length / STEPS;
    return Array.from({ length: STEPS }, (_, bar) => {
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
})();
