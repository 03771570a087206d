import type { CSSProperties } from 'react';

import { SIDES, type Side } from '@/lib/mix/commands';
import { useDesk, useDeskPort } from '@/lib/mix/desk-port';

import { Fader } from '../controls/Fader';
import { Key } from '../controls/Key';
import { Knob } from '../controls/Knob';
import { formatDb, formatEq, formatFilter, formatPercent } from '../deck/format';
import { deckColour, deckName } from '../draw/palette';
import { Meter } from '../Meter';
import { useBoothSession } from '../mix-session-context';
import styles from './ChannelStrip.module.css';

const TRIM = { min: -24, max: 12, step: 0.5, resetTo: 0, detent: 0 };
const BIPOLAR = { min: -1, max: 1, step: 0.05, resetTo: 0, detent: 0 };
const FADER = { min: 0, max: 1, step: 0.02, resetTo: 1 };
const MARKS = [0, 0.25, 0.5, 0.75, 1];
/** From the top down. */
const BANDS = [
  { band: 2, id: 'high', caption: 'Hi', name: 'high' },
  { band: 1, id: 'mid', caption: 'Mid', name: 'mid' },
  { band: 0, id: 'low', caption: 'Low', name: 'low' },
] as const;

/** The way of one deck through the mixer. */
export function ChannelStrip({ index, isNarrow }: { index: number; isNarrow: boolean }) {
  const deck = useDesk((desk) => desk.decks[index]);
  const port = useDeskPort();
  const session = useBoothSession();
  if (deck === undefined || port === null) return null;
  const id = `deck${index + 1}`;
  const name = deckName(index);
  const nameplate = (
    <span className={styles.name} aria-hidden="true">
      {name}
    </span>
  );
  const nextSide = ((deck.side + 1) % SIDES.length) as Side;
  return (
    <div
      className={styles.strip}
      style={{ '--deck': deckColour(index) } as CSSProperties}
      role="group"
      aria-label={`Channel ${name}`}
      data-narrow={isNarrow}
    >
      {isNarrow && nameplate}
      <div className={styles.tone}>
      <Knob
        label={`Trim of channel ${name}`}
        caption="Trim"
        control={`${id}.trim`}
        size="small"
        travel={TRIM}
        value={deck.trimDb}
        format={formatDb}
        onChange={(db) => port.send({ command: 'SetTrim', deck: index, db })}
      />
      {BANDS.map(({ band, id: bandId, caption, name: bandName }) => (
        <div key={band} className={styles.band}>
          <Knob
            label={`Channel ${name}, ${bandName}`}
            caption={caption}
            control={`${id}.eq_${bandId}`}
            travel={BIPOLAR}
            value={deck.eq[band]}
            format={formatEq}
            onChange={(position) => port.send({ command: 'SetEqualiser', deck: index, band, position })}
          />
          <button
            type="button"
            className={styles.kill}
            aria-label={`Kill ${bandName} of channel ${name}`}
            aria-pressed={deck.eq[band] <= -1}
            title={`Kill ${bandName}`}
            data-control={`${id}.kill_${bandId}`}
            data-testid={`${id}.kill_${bandId}`}
            onClick={() =>
              port.send({ command: 'SetEqualiser', deck: index, band, position: deck.eq[band] <= -1 ? 0 : -1 })
            }
          />
        </div>
      ))}
      <Knob
        label={`Filter of channel ${name}`}
        caption="Filter"
        control={`${id}.filter`}
        travel={BIPOLAR}
        value={deck.filter}
        format={formatFilter}
        onChange={(position) => port.send({ command: 'SetFilter', deck: index, position })}
      />
      </div>
      {!isNarrow && nameplate}
      <div className={styles.level}>
        <Fader
          label={`Fader of channel ${name}`}
          control={`${id}.fader`}
          orientation="vertical"
          travel={FADER}
          value={deck.fader}
          marks={MARKS}
          format={formatPercent}
          onChange={(position) => port.send({ command: 'SetFader', deck: index, position })}
        />
        <Meter
          label={`Level of channel ${name}`}
          read={() => {
            const moment = session.moment()?.decks[index];
            return moment === undefined ? null : { vuDb: moment[3], peakDb: moment[4], isClipping: moment[5] };
          }}
        />
      </div>
      <Key
        label={`Listen to channel ${name} in the headphones`}
        control={`${id}.listen`}
        size="small"
        light="#ffb03d"
        isOn={deck.listen}
        onPress={() => port.send({ command: 'SetListen', deck: index, on: !deck.listen })}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="2.4">
          <path d="M4 16v-4a8 8 0 0 1 16 0v4M4 14h3v6H4zM17 14h3v6h-3z" />
        </svg>
        CUE
      </Key>
      <Key
        label={`Side of channel ${name}: ${SIDES[deck.side]}. Next: ${SIDES[nextSide]}`}
        control={`${id}.side`}
        size="small"
        onPress={() => port.send({ command: 'SetSide', deck: index, side: nextSide })}
      >
        <span className={styles.side} data-side={SIDES[deck.side]}>
          {SIDES.map((side) => (
            <i key={side}>{side === 'Thru' ? '•' : side}</i>
          ))}
        </span>
      </Key>
    </div>
  );
}
