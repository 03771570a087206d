// As a network that lets nothing through but a connection to a TURN server; with window.relayTransport, set before, by
// "udp" or "tcp" alone. window.relayed() answers the kinds of addresses by which this page is connected:
// [["relay", "udp"]] of a relay that it reaches by UDP.
(() => {
  const connections = [];
  const suits = (url) => !window.relayTransport || url.endsWith(`?transport=${window.relayTransport}`);
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      const servers = configuration.iceServers.map((server) => ({ ...server, urls: server.urls.filter(suits) }));
      super({ ...configuration, iceServers: servers, iceTransportPolicy: 'relay' });
      connections.push(this);
    }
  };
  window.relayed = async () => {
    const found = [];
    for (const connection of connections.filter(({ connectionState }) => connectionState === 'connected')) {
      const report = await connection.getStats();
      for (const { type, selectedCandidatePairId } of report.values()) {
        if (type !== 'transport') continue;
        const { candidateType, relayProtocol } = report.get(report.get(selectedCandidatePairId).localCandidateId);
        found.push([candidateType, relayProtocol]);
      }
    }
    return found;
  };
})();
