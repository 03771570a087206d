import { describe, expect, test } from 'vitest';

import {
  iceCredentials,
  iceRestartFragment,
  preferredVideoCodecs,
  withOpusParameters,
  withRestartedIce,
} from '@/lib/sdp';

const OFFER = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:AbCd',
  'a=ice-pwd:0123456789abcdefghijkl',
  'a=ice-options:trickle',
  'a=mid:0',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=ice-ufrag:AbCd',
  'a=ice-pwd:0123456789abcdefghijkl',
  'a=mid:1',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 packetization-mode=1',
  '',
].join('\r\n');

describe('Opus parameters', () => {
  test('are added to those the browser set', () => {
    const sdp = withOpusParameters(OFFER, { stereo: 1, maxaveragebitrate: 256_000 });
    expect(sdp).toContain('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;maxaveragebitrate=256000\r\n');
  });

  test('replace one that is there', () => {
    const sdp = withOpusParameters(OFFER, { useinbandfec: 0 });
    expect(sdp).toContain('a=fmtp:111 minptime=10;useinbandfec=0\r\n');
  });

  test('touch no line but the fmtp of Opus', () => {
    const changed = withOpusParameters(OFFER, { stereo: 1 }).split('\r\n');
    const lines = OFFER.split('\r\n');
    expect(changed).toHaveLength(lines.length);
    expect(changed.filter((line, index) => line !== lines[index])).toEqual([
      'a=fmtp:111 minptime=10;useinbandfec=1;stereo=1',
    ]);
  });

  test('get a line of their own where there is none', () => {
    const bare = OFFER.replace('a=fmtp:111 minptime=10;useinbandfec=1\r\n', '');
    const lines = withOpusParameters(bare, { stereo: 1 }).split('\r\n');
    expect(lines[lines.indexOf('a=rtpmap:111 opus/48000/2') + 1]).toBe('a=fmtp:111 stereo=1');
  });

  test('leave an offer without Opus as it is', () => {
    const video = OFFER.replace(/m=audio[\s\S]*?(?=m=video)/, '');
    expect(withOpusParameters(video, { stereo: 1 })).toBe(video);
  });
});

describe('an ICE restart', () => {
  test('asks with the new credentials and one media line (RFC 9725 §4.3.3)', () => {
    expect(iceRestartFragment(OFFER)).toBe(
      [
        'a=group:BUNDLE 0 1',
        'a=ice-ufrag:AbCd',
        'a=ice-pwd:0123456789abcdefghijkl',
        'a=ice-options:trickle',
        'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9',
        'a=mid:0',
        '',
      ].join('\r\n'),
    );
  });

  test('puts the new credentials into every section of the answer and keeps the rest', () => {
    const fragment = 'a=ice-ufrag:NEW1\r\na=ice-pwd:zyxwvutsrqponmlkjihgfe\r\n';
    const answer = withRestartedIce(OFFER, fragment) ?? '';
    expect(answer.match(/a=ice-ufrag:NEW1/g)).toHaveLength(2);
    expect(answer).not.toContain('AbCd');
    expect(answer.split('\r\n')).toHaveLength(OFFER.split('\r\n').length);
  });

  test('takes the new candidates in place of the old', () => {
    const answer = OFFER.replace('a=mid:0', 'a=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 1 typ host');
    const fragment =
      'a=ice-ufrag:N\r\na=ice-pwd:zyxwvutsrqponmlkjihgfe\r\na=candidate:2 1 udp 1 10.0.0.2 2 typ host\r\n';
    const restarted = withRestartedIce(answer, fragment) ?? '';
    expect(restarted).not.toContain('10.0.0.1');
    expect(restarted).toContain('a=candidate:2 1 udp 1 10.0.0.2 2 typ host');
  });

  test('is none without credentials', () => {
    expect(withRestartedIce(OFFER, 'a=ice-ufrag:only\r\n')).toBeNull();
    expect(iceCredentials('')).toBeNull();
  });
});

test('H.264 comes before VP8, what repairs them after, and what is not forwarded not at all', () => {
  const codec = (mimeType: string, sdpFmtpLine?: string) => ({ mimeType, ...(sdpFmtpLine && { sdpFmtpLine }) });
  const sorted = preferredVideoCodecs([
    codec('video/VP8'),
    codec('video/rtx'),
    codec('video/VP9'),
    codec('video/H264', 'packetization-mode=0'),
    codec('video/AV1'),
    codec('video/H264', 'packetization-mode=1'),
    codec('video/ulpfec'),
  ]);
  expect(sorted.map((each) => each.sdpFmtpLine ?? each.mimeType)).toEqual([
    'packetization-mode=1',
    'packetization-mode=0',
    'video/VP8',
    'video/rtx',
  ]);
});
