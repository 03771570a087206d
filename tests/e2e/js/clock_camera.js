// Gives the page a camera that films the wall clock: Date.now() as two rows of 44 cells, the second inverted. The
// microphone stays Chromium's fake one, which beeps. Runs before the page's own scripts.
(() => {
  const BITS = 44;
  const CELL = 14;
  const ROW = 32;
  const WIDTH = 640;
  const HEIGHT = 360;

  function film() {
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const context = canvas.getContext('2d', { alpha: false });
    let frame = 0;
    const draw = () => {
      const now = Date.now();
      context.fillStyle = `hsl(${frame % 360} 40% 40%)`;
      context.fillRect(0, 0, WIDTH, HEIGHT);
      context.fillStyle = 'white';
      context.fillRect((frame * 5) % WIDTH, 180, 80, 80);
      for (let bit = 0; bit < BITS; bit += 1) {
        const isOne = Math.floor(now / 2 ** bit) % 2 === 1;
        context.fillStyle = isOne ? 'white' : 'black';
        context.fillRect(bit * CELL, 0, CELL, ROW);
        context.fillStyle = isOne ? 'black' : 'white';
        context.fillRect(bit * CELL, ROW, CELL, ROW);
      }
      frame += 1;
    };
    draw();
    const stream = canvas.captureStream(30);
    const [track] = stream.getVideoTracks();
    const timer = setInterval(() => (track.readyState === 'ended' ? clearInterval(timer) : draw()), 1000 / 30);
    return track;
  }

  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await real(constraints);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      track.stop();
      stream.addTrack(film());
    }
    return stream;
  };
})();
