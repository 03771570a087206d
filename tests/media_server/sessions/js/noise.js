// A publisher over WHIP whose picture is noise, so that it takes all the bits that it may have.
async function publishNoise(url, token, maxBitrate) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 480, height: 270 });
  const context = canvas.getContext("2d");
  const pictures = Array.from({ length: 8 }, () => {
    const picture = new ImageData(canvas.width, canvas.height);
    picture.data.forEach((_, byte) => (picture.data[byte] = byte % 4 === 3 ? 255 : Math.random() * 256));
    return picture;
  });
  let shown = 0;
  setInterval(() => context.putImageData(pictures[shown++ % pictures.length], 0, 0), 40);
  const connection = new RTCPeerConnection();
  const [track] = canvas.captureStream(25).getVideoTracks();
  const transceiver = connection.addTransceiver(track, { direction: "sendonly", sendEncodings: [{ maxBitrate }] });
  const codecs = RTCRtpSender.getCapabilities("video").codecs;
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /VP8|rtx/.test(mimeType)));
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

// What it believes the path carries, and what its encoder is told, in bit/s.
async function bandwidth(connection) {
  const all = [...(await connection.getStats()).values()];
  const pair = all.find(({ type, nominated }) => type === "candidate-pair" && nominated) ?? {};
  const outbound = all.find(({ type }) => type === "outbound-rtp") ?? {};
  return { available: pair.availableOutgoingBitrate ?? 0, target: outbound.targetBitrate ?? 0 };
}
