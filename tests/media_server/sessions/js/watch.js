// A viewer over WHEP: what it was sent, and how bright the middle of its picture is. One who is to be told how spatial
// layers depend on each other has to ask for that extension.
async function watch(url, token, { describes = false } = {}) {
  const connection = new RTCPeerConnection();
  const picture = connection.addTransceiver("video", { direction: "recvonly" });
  if (describes) {
    const extensions = picture.getHeaderExtensionsToNegotiate();
    const descriptor = extensions.find(({ uri }) => uri.includes("#dependency-descriptor"));
    descriptor.direction = "recvonly";
    picture.setHeaderExtensionsToNegotiate(extensions);
  }
  connection.addTransceiver("audio", { direction: "recvonly" });
  const stream = new MediaStream();
  connection.ontrack = ({ track }) => stream.addTrack(track);
  await connection.setLocalDescription(await connection.createOffer());
  const response = await fetch(url, {
    method: "POST",
    body: connection.localDescription.sdp,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" },
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
  const video = document.createElement("video");
  video.srcObject = stream;
  document.body.append(video);
  await video.play();
  return { connection, video, location: response.headers.get("Location") };
}

async function state({ connection, video }) {
  const all = [...(await connection.getStats()).values()];
  const inbound = (kind) => all.find((entry) => entry.type === "inbound-rtp" && entry.kind === kind) ?? {};
  const codec = all.find((entry) => entry.type === "codec" && entry.id === inbound("video").codecId);
  const canvas = new OffscreenCanvas(16, 9);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 16, 9);
  return {
    frames: inbound("video").framesDecoded ?? 0,
    dropped: inbound("video").framesDropped ?? 0,
    samples: inbound("audio").totalSamplesReceived ?? 0,
    energy: inbound("audio").totalAudioEnergy ?? 0,
    codec: codec?.mimeType ?? "",
    brightness: context.getImageData(8, 5, 1, 1).data[1],
  };
}
