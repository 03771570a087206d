import { useState, type ReactNode } from 'react';

import { Select } from '@/components/Field';

import styles from './ObsGuide.module.css';
import { PICTURES, uploadNeededKbps } from './pictures';

const thousands = new Intl.NumberFormat('en');

/** What to set in OBS, page by page of its settings. */
export function ObsGuide() {
  const [chosen, setChosen] = useState('1080p60');
  const picture = PICTURES.find(({ id }) => id === chosen) ?? PICTURES[0];
  return (
    <div className={styles.guide}>
      <div className={styles.picture}>
        <Select label="Picture" value={picture.id} onChange={(event) => setChosen(event.target.value)}>
          {PICTURES.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
        <p>
          Needs an upload of {thousands.format(uploadNeededKbps(picture))} kbps that is there all the time. If yours is
          less, choose a smaller picture: it looks better than a large one that stutters.
        </p>
      </div>
      <Page path="Stream">
        <Row name="Service">Custom…</Row>
        <Row name="Server">the address above</Row>
        <Row name="Stream Key">your key</Row>
      </Page>
      <Page path="Output" note="Output Mode: Advanced, tab Streaming">
        <Row name="Video Encoder" why="NVENC, QuickSync or Apple H.264 too. HEVC and AV1 reach fewer viewers.">
          x264
        </Row>
        <Row name="Rate Control">CBR</Row>
        <Row name="Bitrate">{thousands.format(picture.kbps)} Kbps</Row>
        <Row name="Keyframe Interval" why="Viewers come in, and change quality, at key frames.">
          2 s
        </Row>
        <Row name="CPU Usage Preset">veryfast</Row>
        <Row name="Profile">high</Row>
        <Row name="Tune" why="Nothing waits in the encoder.">
          zerolatency
        </Row>
        <Row name="x264 Options" why="WebRTC viewers cannot play B-frames: with them we have to re-encode for real time.">
          bframes=0
        </Row>
      </Page>
      <Page path="Audio">
        <Row name="Sample Rate">48 kHz</Row>
        <Row name="Channels">Stereo</Row>
        <Row name="Audio Bitrate" why="Output, tab Audio, Track 1. AAC.">
          160
        </Row>
      </Page>
      <Page path="Video">
        <Row name="Output (Scaled) Resolution">{picture.size}</Row>
        <Row name="Common FPS Values">{picture.fps}</Row>
      </Page>
    </div>
  );
}

function Page({ path, note, children }: { path: string; note?: string; children: ReactNode }) {
  return (
    <section className={styles.page} aria-label={`OBS settings, ${path}`}>
      <h3>
        <span>Settings ›</span> {path}
        {note !== undefined && <small>{note}</small>}
      </h3>
      <dl>{children}</dl>
    </section>
  );
}

function Row({ name, why, children }: { name: string; why?: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{children}</b>
        {why !== undefined && <span>{why}</span>}
      </dd>
    </div>
  );
}
