import { SILENCE_DB, type Shown } from '@/lib/level';

import styles from './LevelMeter.module.css';

const MARKS_DB = [-48, -36, -24, -12, -6, 0];

/** Decibels as a share of the meter's length. */
function share(db: number): number {
  return Math.max(0, Math.min(1, 1 - db / SILENCE_DB));
}

/** How loud the microphone is, left and right, with the highest peak held and a light for clipping. */
export function LevelMeter({ levels, isMuted }: { levels: readonly Shown[]; isMuted: boolean }) {
  const loudestDb = Math.max(...levels.map((level) => level.levelDb));
  const isClipped = levels.some((level) => level.isClipped);
  return (
    <div className={styles.meter}>
      <div
        className={styles.bars}
        role="meter"
        aria-label="Microphone level"
        aria-valuemin={SILENCE_DB}
        aria-valuemax={0}
        aria-valuenow={Math.round(loudestDb)}
        aria-valuetext={isMuted ? 'muted' : `${Math.round(loudestDb)} decibels`}
        data-testid="mic-meter"
      >
        {levels.map((level, channel) => (
          <Bar key={channel} level={level} />
        ))}
      </div>
      <div className={styles.scale} aria-hidden="true">
        {MARKS_DB.map((db) => (
          <span key={db} style={{ left: `${share(db) * 100}%` }}>
            {db}
          </span>
        ))}
      </div>
      <span className={[styles.clip, isClipped && styles.clipped].filter(Boolean).join(' ')} role="status">
        {isClipped ? 'Too loud' : <span aria-hidden="true">Clip</span>}
      </span>
    </div>
  );
}

function Bar({ level }: { level: Shown }) {
  return (
    <div className={styles.bar}>
      <i className={styles.mask} style={{ transform: `scaleX(${1 - share(level.levelDb)})` }} />
      {level.holdDb > SILENCE_DB && (
        <i className={styles.hold} style={{ left: `calc(${share(level.holdDb) * 100}% - 3px)` }} />
      )}
    </div>
  );
}
