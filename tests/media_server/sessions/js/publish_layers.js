// A publisher over WHIP whose picture is a clock of moving bars, sent in the encodings and the codec that are asked for.
async function publishLayers(url, token, mime, encodings) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 360];
  const context = canvas.getContext("2d");
  let step = 0;
  setInterval(() => {
    step += 1;
    context.fillStyle = "#405060";
    context.fillRect(0, 0, 640, 360);
    for (let bar = 0; bar < 8; bar += 1) {
      context.fillStyle = `hsl(${(bar * 45 + step) % 360} 80% 50%)`;
      context.fillRect((bar * 80 + step * 4) % 640, bar * 40, 60, 60);
    }
  }, 50);
  const connection = new RTCPeerConnection();
  const track = canvas.captureStream(20).getVideoTracks()[0];
  const transceiver = connection.addTransceiver(track, { direction: "sendonly", sendEncodings: encodings });
  const { codecs } = RTCRtpSender.getCapabilities("video");
  const wanted = codecs.filter(({ mimeType }) => mimeType === mime || mimeType === "video/rtx");
  transceiver.setCodecPreferences(wanted);
  await connection.setLocalDescription(await connection.createOffer());
  const response = await fetch(url, {
    method: "POST",
    body: connection.localDescription.sdp,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" },
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
  return connection;
}

async function sentLayers(connection) {
  const all = [...(await connection.getStats()).values()];
  return all
    .filter((entry) => entry.type === "outbound-rtp")
    .map((entry) => ({
      rid: entry.rid ?? null,
      frames: entry.framesEncoded,
      width: entry.frameWidth ?? 0,
      mode: entry.scalabilityMode ?? "",
    }));
}

// What a viewer of `watch.js` has decoded, and how often it lost the picture.
async function watched({ connection }) {
  const all = [...(await connection.getStats()).values()];
  const inbound = all.find((entry) => entry.type === "inbound-rtp" && entry.kind === "video") ?? {};
  return {
    frames: inbound.framesDecoded ?? 0,
    width: inbound.frameWidth ?? 0,
    lost: inbound.pliCount ?? 0,
  };
}
