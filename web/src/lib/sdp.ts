/** Session descriptions, edited line by line (RFC 8866). */

/** Sets format parameters on every Opus payload type of an SDP (RFC 7587 §7), keeping those it has. */
export function withOpusParameters(sdp: string, parameters: Readonly<Record<string, string | number>>): string {
  const lines = sdp.split('\r\n');
  const opus = new Set<string>();
  for (const line of lines) {
    const match = /^a=rtpmap:(\d+) opus\/48000/i.exec(line);
    if (match?.[1] !== undefined) opus.add(match[1]);
  }
  const edited: string[] = [];
  for (const line of lines) {
    const payload = /^a=fmtp:(\d+) /.exec(line)?.[1];
    if (payload !== undefined && opus.delete(payload)) {
      edited.push(`a=fmtp:${payload} ${mergeParameters(line.slice(line.indexOf(' ') + 1), parameters)}`);
    } else {
      edited.push(line);
    }
  }
  // An Opus payload type without an fmtp line gets one, right behind its rtpmap.
  return edited
    .flatMap((line) => {
      const payload = /^a=rtpmap:(\d+) opus\/48000/i.exec(line)?.[1];
      if (payload === undefined || !opus.has(payload)) return [line];
      return [line, `a=fmtp:${payload} ${mergeParameters('', parameters)}`];
    })
    .join('\r\n');
}

function mergeParameters(existing: string, added: Readonly<Record<string, string | number>>): string {
  const merged = new Map<string, string>();
  for (const part of existing.split(';')) {
    const [key, value = ''] = part.trim().split('=', 2);
    if (key) merged.set(key, value);
  }
  for (const [key, value] of Object.entries(added)) merged.set(key, String(value));
  return [...merged].map(([key, value]) => (value === '' ? key : `${key}=${value}`)).join(';');
}

export interface IceCredentials {
  ufrag: string;
  pwd: string;
}

/** The first ICE credentials of a description or fragment, or null. */
export function iceCredentials(sdp: string): IceCredentials | null {
  const ufrag = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1];
  const pwd = /^a=ice-pwd:(\S+)/m.exec(sdp)?.[1];
  return ufrag !== undefined && pwd !== undefined ? { ufrag, pwd } : null;
}

/** The fragment that asks a WHIP or WHEP server for an ICE restart (RFC 8840, RFC 9725 §4.3.3). */
export function iceRestartFragment(offer: string): string {
  const lines = offer.split('\r\n');
  const session = lines.filter((line) => /^a=(ice-ufrag|ice-pwd|ice-options|group:BUNDLE)/.test(line));
  const credentials = session.filter((line, index) => session.indexOf(line) === index);
  const media = lines.find((line) => line.startsWith('m='));
  const mid = lines.find((line) => line.startsWith('a=mid:'));
  return [...credentials, ...(media ? [media] : []), ...(mid ? [mid] : []), ''].join('\r\n');
}

/** A stored answer with the credentials and candidates of a restart in place of its own. */
export function withRestartedIce(answer: string, fragment: string): string | null {
  const fresh = iceCredentials(fragment);
  if (fresh === null) return null;
  const candidates = fragment.split('\r\n').filter((line) => line.startsWith('a=candidate:'));
  return answer
    .split('\r\n')
    .filter((line) => candidates.length === 0 || !line.startsWith('a=candidate:'))
    .flatMap((line) => {
      if (line.startsWith('a=ice-ufrag:')) return [`a=ice-ufrag:${fresh.ufrag}`];
      if (line.startsWith('a=ice-pwd:')) return [`a=ice-pwd:${fresh.pwd}`, ...candidates];
      return [line];
    })
    .join('\r\n');
}

interface Codec {
  mimeType: string;
  sdpFmtpLine?: string;
}

/**
 * What a publisher offers to send, in this order: H.264, which becomes LL-HLS and recordings as it is, then VP8, and
 * last rtx, which repairs them. The rest is left out: not every viewer's browser shows it.
 */
export function preferredVideoCodecs<C extends Codec>(codecs: readonly C[]): C[] {
  const rank = (codec: C): number => {
    const mime = codec.mimeType.toLowerCase();
    if (mime === 'video/h264') return codec.sdpFmtpLine?.includes('packetization-mode=1') ? 0 : 1;
    if (mime === 'video/vp8') return 2;
    return mime === 'video/rtx' ? 3 : -1;
  };
  return codecs.filter((codec) => rank(codec) >= 0).sort((a, b) => rank(a) - rank(b));
}
