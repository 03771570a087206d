import type { Finding, HealthLevel, StreamHealth } from '@/api/encoder/types';
import { Icon } from '@/components/Icon';
import { formatBitrate } from '@/lib/format';

import styles from './HealthPanel.module.css';

const PROTOCOLS = { whip: 'WHIP', rtmp: 'RTMP', rtmps: 'RTMPS', srt: 'SRT', mix: 'the booth' };
const GRADES: Record<HealthLevel, string> = {
  good: 'All is well',
  fair: 'Works, could be better',
  bad: 'Viewers notice this',
};
const LADDERS: Record<StreamHealth['ladder'], string | null> = {
  on: null,
  off: 'Viewers get the size you send, and no smaller one.',
  not_needed: null,
  no_room: 'Our server is busy: viewers get the size you send, and no smaller one.',
};

/** How the stream arrives, and what to change in the encoder. */
export function HealthPanel({ health: report }: { health: StreamHealth | null }) {
  const health = report?.health ?? null;
  const ladder = report === null ? null : LADDERS[report.ladder];
  return (
    <section className={styles.health} data-level={health?.level ?? 'unknown'} aria-labelledby="health">
      <h2 id="health">
        <i aria-hidden="true" />
        <span role="status">{health === null ? 'Measuring what arrives' : GRADES[health.level]}</span>
      </h2>
      <dl>
        <Figure name="Bitrate" value={health && formatBitrate(health.bitrateBps)} />
        <Figure name="Frames a second" value={health && formatRate(health.fps)} />
        <Figure name="Key frame every" value={health && `${health.keyframeS.toFixed(1)} s`} />
        <Figure name="Comes by" value={report?.ingest == null ? null : PROTOCOLS[report.ingest]} />
        <Figure name="Viewers choose from" value={sizes(report)} />
      </dl>
      {ladder !== null && <p className={styles.ladder}>{ladder}</p>}
      {health !== null && health.findings.length > 0 && (
        <ul className={styles.findings} aria-label="What to change">
          {health.findings.map((finding) => (
            <FindingItem key={finding.code} finding={finding} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? '–'}</dd>
    </div>
  );
}

function FindingItem({ finding }: { finding: Finding }) {
  return (
    <li data-level={finding.level} data-testid="finding">
      <Icon name="warning" />
      <p>
        <b>{finding.message}</b>
        {finding.setting !== null && <span>{finding.setting}</span>}
      </p>
    </li>
  );
}

function sizes(report: StreamHealth | null): string | null {
  const heights = new Set(report?.renditions.filter(({ height }) => height > 0).map(({ height }) => height));
  if (heights.size === 0) return null;
  return [...heights]
    .sort((a, b) => b - a)
    .map((height) => `${height}p`)
    .join(', ');
}

/** 30 → "30", 29.97 → "30.0": a tenth where there is one to be seen. */
function formatRate(fps: number): string {
  return Number.isInteger(fps) ? String(fps) : fps.toFixed(1);
}
