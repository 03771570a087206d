import { useState } from 'react';

import { SAMPLE_RATE } from '@/lib/mix/commands';
import { useDeskPort, type Deck } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import { CUE_COLOURS } from '../draw/palette';
import { formatPosition } from './format';
import styles from './PadGrid.module.css';

/** Eight places of the track: an empty pad remembers where the head is, a lit one plays from there. */
export function HotCues({ deck, index }: { deck: Deck; index: number }) {
  const port = useDeskPort();
  const [isClearing, setClearing] = useState(false);
  const isEmpty = deck.track === null;
  const hasAny = deck.hotCues.some((frame) => frame !== null);
  const press = (number: number): void => {
    if (deck.hotCues[number] == null) port?.send({ command: 'SetHotCue', deck: index, number });
    else if (isClearing) port?.send({ command: 'ClearHotCue', deck: index, number });
    else port?.send({ command: 'JumpToHotCue', deck: index, number });
  };
  return (
    <div className={styles.withAside}>
      <div className={styles.grid}>
        {deck.hotCues.map((frame, number) => (
          <Key
            key={number}
            label={labelOf(number, frame, isClearing)}
            control={`deck${index + 1}.hotcue${number + 1}`}
            size="pad"
            light={CUE_COLOURS[number] ?? '#fff'}
            isOn={frame !== null}
            isDisabled={isEmpty || (isClearing && frame === null)}
            onPress={() => press(number)}
          >
            <span className={styles.pad}>
              <b>{number + 1}</b>
              <small>{frame === null ? '' : formatPosition(frame / SAMPLE_RATE)}</small>
            </span>
          </Key>
        ))}
      </div>
      <Key
        label="Clear hot cues by pressing them"
        control={`deck${index + 1}.hotcue_clearing`}
        size="small"
        light="#ff7d86"
        isOn={isClearing}
        isDisabled={!hasAny && !isClearing}
        onPress={() => setClearing(!isClearing)}
      >
        CLR
      </Key>
    </div>
  );
}

function labelOf(number: number, frame: number | null, isClearing: boolean): string {
  const name = `Hot cue ${number + 1}`;
  if (frame === null) return `Put ${name.toLowerCase()} here`;
  return isClearing ? `Clear ${name.toLowerCase()}` : `${name}: play from ${formatPosition(frame / SAMPLE_RATE)}`;
}
