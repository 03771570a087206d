import { useRef } from 'react';

import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import { Knob } from '../controls/Knob';
import { formatDb, formatPercent } from '../deck/format';
import { useFrames } from '../draw/frames';
import { Meter } from '../Meter';
import { useBoothSession } from '../mix-session-context';
import styles from './MasterStrip.module.css';

const MASTER = { min: -60, max: 12, step: 1, resetTo: 0, detent: 0 };
const BLEND = { min: 0, max: 1, step: 0.05, resetTo: 0 };
const HEADPHONES = { min: -60, max: 12, step: 1, resetTo: 0, detent: 0 };
/** Below this the limiter's work is not worth a light. */
const LIMITING_DB = -0.2;

/** What leaves the mixer, and what the DJ hears of it. */
export function MasterStrip() {
  const port = useDeskPort();
  const session = useBoothSession();
  const masterDb = useDesk((desk) => desk.masterDb) ?? 0;
  const headphones = useDesk((desk) => desk.headphones);
  if (port === null || headphones === undefined) return null;
  const setHeadphones = (change: Partial<typeof headphones>): void =>
    port.send({ command: 'SetHeadphones', ...headphones, ...change });
  return (
    <div className={styles.strip} role="group" aria-label="Master and headphones">
      <span className={styles.name} aria-hidden="true">
        Master
      </span>
      <Knob
        label="Master level"
        caption="Level"
        control="master"
        travel={MASTER}
        value={masterDb}
        format={formatDb}
        onChange={(db) => port.send({ command: 'SetMaster', db })}
      />
      <div className={styles.meters}>
        <Meter
          label="Level of the mix"
          read={() => {
            const master = session.moment()?.master;
            return master === undefined ? null : { vuDb: master[0], peakDb: master[1], isClipping: master[2] };
          }}
        />
      </div>
      <LimiterLight />
      <span className={styles.name} aria-hidden="true">
        Phones
      </span>
      <Knob
        label="Headphones: from cue to mix"
        caption="Cue·Mix"
        control="headphones.blend"
        size="small"
        travel={BLEND}
        value={headphones.blend}
        format={(blend) => `${formatPercent(blend)} mix`}
        onChange={(blend) => setHeadphones({ blend })}
      />
      <Knob
        label="Headphones: loudness"
        caption="Level"
        control="headphones.gain"
        size="small"
        travel={HEADPHONES}
        value={headphones.db}
        format={formatDb}
        onChange={(db) => setHeadphones({ db })}
      />
      <Key
        label="Split: cue on the left ear, mix on the right"
        control="headphones.split"
        size="small"
        isOn={headphones.split}
        onPress={() => setHeadphones({ split: !headphones.split })}
      >
        SPLIT
      </Key>
    </div>
  );
}

function LimiterLight() {
  const session = useBoothSession();
  const light = useRef<HTMLSpanElement>(null);
  useFrames(() => {
    const isLimiting = (session.moment()?.limitingDb ?? 0) < LIMITING_DB;
    if (light.current !== null) light.current.dataset.lit = String(isLimiting);
  });
  return (
    <span ref={light} className={styles.limiter} title="Lit while the limiter holds the mix back: turn down a little">
      LIMIT
    </span>
  );
}
