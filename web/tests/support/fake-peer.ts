import { vi } from 'vitest';

class FakeTransport extends EventTarget {
  state: RTCDtlsTransportState = 'connected';
}

interface FakeSender {
  track: MediaStreamTrack | null;
  transport: FakeTransport;
  replaceTrack: (track: MediaStreamTrack) => Promise<void>;
  getParameters: () => { encodings: Record<string, unknown>[] };
  setParameters: () => Promise<void>;
}

/** A peer connection whose network is the test. It connects when the answer comes, unless told otherwise. */
export class FakePeer extends EventTarget {
  connectionState: RTCPeerConnectionState = 'new';
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  readonly transport = new FakeTransport();
  readonly senders: FakeSender[] = [];
  /** The header extensions of the section added last, as they are to be offered. */
  headerExtensions = [
    { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', direction: 'sendrecv' },
    {
      uri: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
      direction: 'stopped',
    },
  ];
  readonly #connects: boolean;

  constructor(connects = true) {
    super();
    this.#connects = connects;
  }

  /** The connection as the code under test knows it. */
  get asPeer(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection;
  }

  addTransceiver(kind: string | MediaStreamTrack): object {
    const sender: FakeSender = {
      track: typeof kind === 'string' ? null : kind,
      transport: this.transport,
      replaceTrack: (track) => {
        sender.track = track;
        return Promise.resolve();
      },
      getParameters: () => ({ encodings: [{}] }),
      setParameters: () => Promise.resolve(),
    };
    this.senders.push(sender);
    return {
      setCodecPreferences: () => undefined,
      getHeaderExtensionsToNegotiate: () => structuredClone(this.headerExtensions),
      setHeaderExtensionsToNegotiate: (extensions: FakePeer['headerExtensions']) => {
        this.headerExtensions = extensions;
      },
    };
  }

  createDataChannel(): EventTarget {
    return new EventTarget();
  }

  createOffer(options?: RTCOfferOptions): Promise<{ type: string; sdp: string }> {
    const ufrag = options?.iceRestart ? 'restarted' : 'first';
    const sdp = `v=0\r\na=ice-ufrag:${ufrag}\r\na=ice-pwd:pwd\r\nm=audio 9 X 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n`;
    return Promise.resolve({ type: 'offer', sdp });
  }

  setLocalDescription(description: { type: string; sdp: string }): Promise<void> {
    this.localDescription = description;
    return Promise.resolve();
  }

  setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    this.remoteDescription = description;
    if (this.#connects) queueMicrotask(() => this.go('connected'));
    return Promise.resolve();
  }

  getSenders(): FakeSender[] {
    return this.senders;
  }

  getReceivers(): never[] {
    return [];
  }

  go(state: RTCPeerConnectionState): void {
    if (this.connectionState === 'closed') return;
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }

  /** The server says goodbye over DTLS. */
  closeByServer(): void {
    this.transport.state = 'closed';
    this.transport.dispatchEvent(new Event('statechange'));
  }

  close(): void {
    this.connectionState = 'closed';
  }
}

export const ANSWER = 'v=0\r\na=ice-ufrag:server\r\na=ice-pwd:serverpwd\r\n';

/** A media server of one line: `respond` sees each request. */
export function mediaServer(respond: (method: string, url: string, init: RequestInit) => Response) {
  return vi.fn(async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted();
    const url = input instanceof Request ? input.url : input.toString();
    return Promise.resolve(respond(init.method ?? 'GET', url, init));
  });
}

export function created(path: string): Response {
  return new Response(ANSWER, { status: 201, headers: { Location: path, ETag: '"one"' } });
}

export function refused(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ success: false, error: { code, message: code } }, { status, headers });
}

/** What browsers have and Node has not. */
export function stubWebRtc(): void {
  vi.stubGlobal('MediaStream', EventTarget);
  const capabilities = { getCapabilities: () => ({ codecs: [] }) };
  vi.stubGlobal('RTCRtpSender', capabilities);
  vi.stubGlobal('RTCRtpReceiver', capabilities);
}

export function fakeTrack(kind: 'audio' | 'video'): MediaStreamTrack {
  return { kind, getSettings: () => ({ height: 720 }) } as MediaStreamTrack;
}
