// A microphone that is there and gives nothing, as one that is switched off at its cable.
(() => {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (constraints) =>
    constraints.audio
      ? Promise.resolve(new AudioContext().createMediaStreamDestination().stream)
      : original(constraints);
})();
