// Watches the page's player: counts frames, reads the clock out of each, and listens. Runs in the page of a viewer.
// window.witness = { frames, firstFrameAt, longestStillMs, readings: [{ shownAt, filmedAt }], loudest }
(() => {
  const BITS = 44;
  const CELL = 14 / 640;
  const ROWS = [16 / 360, 48 / 360];
  const STRIP = { width: 640, height: 64 };
  const witness = { frames: 0, firstFrameAt: null, longestStillMs: 0, readings: [], loudest: 0, openedAt: Date.now() };
  window.witness = witness;

  const canvas = new OffscreenCanvas(STRIP.width, STRIP.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });

  function readClock(video) {
    // The strip is the top 64 of 360 lines, whatever size the encoder has chosen.
    context.drawImage(
      video, 0, 0, video.videoWidth, (video.videoHeight * STRIP.height) / 360, 0, 0, STRIP.width, STRIP.height,
    );
    const { data } = context.getImageData(0, 0, STRIP.width, STRIP.height);
    const isLight = (bit, row) => {
      const x = Math.floor((bit + 0.5) * CELL * STRIP.width);
      const y = Math.floor(ROWS[row] * 360);
      return data[4 * (y * STRIP.width + x)] > 128;
    };
    let clock = 0;
    for (let bit = 0; bit < BITS; bit += 1) {
      if (isLight(bit, 0) === isLight(bit, 1)) return null;
      if (isLight(bit, 0)) clock += 2 ** bit;
    }
    return clock;
  }

  function listen(video) {
    const audio = new AudioContext();
    const ears = new Map();
    // Asked for once: each further one is filled too, and the page comes to a stand.
    const captured = video.captureStream();
    // A player that loads anew adds a track, and those of before stay, live and silent: all are listened to.
    const earOf = (track) => {
      const analyser = audio.createAnalyser();
      audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      return { track, analyser, loudest: 0 };
    };
    witness.tracks = () =>
      [...ears.values()].map(({ track, loudest }) => ({ id: track.id, readyState: track.readyState, loudest }));
    setInterval(() => {
      for (const track of captured.getAudioTracks()) {
        if (!ears.has(track.id)) ears.set(track.id, earOf(track));
      }
      for (const ear of ears.values()) {
        const samples = new Float32Array(ear.analyser.fftSize);
        ear.analyser.getFloatTimeDomainData(samples);
        ear.loudest = Math.max(ear.loudest, ...samples.map(Math.abs));
        witness.loudest = Math.max(witness.loudest, ear.loudest);
      }
    }, 50);
  }

  function watch(video) {
    let before = null;
    const onFrame = (now, metadata) => {
      witness.frames += 1;
      witness.longestStillMs = Math.max(witness.longestStillMs, now - (before ?? now));
      before = now;
      witness.firstFrameAt ??= Date.now();
      const filmedAt = readClock(video);
      if (filmedAt !== null) {
        // When the frame is on screen, not when we are told of it; on the clock that was filmed, which other clocks of
        // the browser drift away from.
        const shownAt = Date.now() + metadata.expectedDisplayTime - performance.now();
        witness.readings.push({ shownAt, filmedAt });
        if (witness.readings.length > 1000) witness.readings.shift();
      }
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    listen(video);
  }

  let watched = null;
  setInterval(() => {
    const video = document.querySelector('[data-testid="player"]');
    if (video !== null && video !== watched) {
      watched = video;
      watch(video);
    }
  }, 20);
})();
