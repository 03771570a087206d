// A viewer over WHEP that keeps only those candidates of the answer that `keeps` names, and restarts ICE by PATCH.
async function watchBy(url, token, keeps) {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  connection.addTransceiver("audio", { direction: "recvonly" });
  connection.addTransceiver("video", { direction: "recvonly" });
  await connection.setLocalDescription(await connection.createOffer());
  const authorization = { Authorization: `Bearer ${token}` };
  const response = await fetch(url, {
    method: "POST",
    body: connection.localDescription.sdp,
    headers: { ...authorization, "Content-Type": "application/sdp" },
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  const keep = (sdp) => sdp.split("\r\n").filter((line) => !line.startsWith("a=candidate:") || keeps(line)).join("\r\n");
  const answer = keep(await response.text());
  await connection.setRemoteDescription({ type: "answer", sdp: answer });
  const session = new URL(response.headers.get("Location"), url).href;
  return { connection, session, authorization, answer, keep };
}

const byTcp = (line) => / tcp /i.test(line);
const byIpv6 = (line) => line.includes(" ::1 ");

// New credentials of both sides over the same association (RFC 9725 §4.3.3). Resolves to the server's new ufrag.
async function restartIce(viewer) {
  const { connection, session, authorization, answer, keep } = viewer;
  const offer = (await connection.createOffer({ iceRestart: true })).sdp;
  await connection.setLocalDescription({ type: "offer", sdp: offer });
  const taken = (sdp, name) => sdp.match(new RegExp(`^a=${name}:.*$`, "m"))[0].trim();
  const fragment = [taken(offer, "ice-ufrag"), taken(offer, "ice-pwd"), taken(offer, "group"), ""].join("\r\n");
  const response = await fetch(session, {
    method: "PATCH",
    body: fragment,
    headers: { ...authorization, "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*" },
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  const fresh = keep(await response.text());
  const replaced = ["ice-ufrag", "ice-pwd"].reduce(
    (sdp, name) => sdp.replace(new RegExp(`^a=${name}:.*$`, "gm"), taken(fresh, name)),
    answer,
  );
  await connection.setRemoteDescription({ type: "answer", sdp: replaced });
  return taken(fresh, "ice-ufrag");
}

async function way(viewer) {
  const all = [...(await viewer.connection.getStats()).values()];
  const find = (id) => all.find((entry) => entry.id === id) ?? {};
  const transport = all.find((entry) => entry.type === "transport") ?? {};
  const pair = find(transport.selectedCandidatePairId);
  const remote = find(pair.remoteCandidateId);
  const video = all.find((entry) => entry.type === "inbound-rtp" && entry.kind === "video") ?? {};
  return {
    state: viewer.connection.connectionState,
    protocol: remote.protocol ?? "",
    address: remote.address ?? "",
    ufrag: remote.usernameFragment ?? "",
    frames: video.framesDecoded ?? 0,
  };
}
