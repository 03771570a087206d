// The microphone is there when window.giveMicrophone() is called, as when somebody is slow to allow it.
(() => {
  const given = new Promise((resolve) => {
    window.giveMicrophone = resolve;
  });
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    if (constraints.audio) await given;
    return original(constraints);
  };
})();
