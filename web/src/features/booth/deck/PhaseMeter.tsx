import { useRef } from 'react';

import { useDesk, type Deck } from '@/lib/mix/desk-port';
import { phaseAhead } from '@/lib/mix/phase';

import { deckName } from '../draw/palette';
import { useFrames } from '../draw/frames';
import { useBoothSession } from '../mix-session-context';
import styles from './PhaseMeter.module.css';

/** Within this many beats, two decks sound as one: 10 ms at 120 BPM. */
const TOGETHER_BEATS = 0.02;

/** Where the deck's beats fall between those of the leader, as heard: in the middle they fall together. */
export function PhaseMeter({ deck, index }: { deck: Deck; index: number }) {
  const session = useBoothSession();
  const leader = useDesk((desk) => desk.leader) ?? null;
  const isLed = useDesk((desk) => leader !== null && leader !== index && desk.decks[leader]?.playing === true) ?? false;
  const leaderBpm = useDesk((desk) => (leader === null ? null : (desk.decks[leader]?.track?.bpm ?? null))) ?? null;
  const meter = useRef<HTMLDivElement>(null);
  const mark = useRef<HTMLElement>(null);
  const bpm = deck.track?.bpm ?? null;
  const mayRead = isLed && deck.playing;

  const read = (): number | null => {
    const head = session.playhead(index);
    const leading = leader === null ? null : session.playhead(leader);
    if (head === null || leading === null || bpm === null || leaderBpm === null) return null;
    return phaseAhead({ beat: head.beat, bpm }, { beat: leading.beat, bpm: leaderBpm });
  };

  useFrames(() => {
    if (meter.current === null || mark.current === null) return;
    const beats = mayRead ? read() : null;
    meter.current.dataset.beats = beats === null ? '' : beats.toFixed(3);
    meter.current.dataset.together = String(beats !== null && Math.abs(beats) < TOGETHER_BEATS);
    meter.current.setAttribute('aria-valuenow', String(Math.round(100 * (beats ?? 0))));
    mark.current.style.left = `${50 + 100 * (beats ?? 0)}%`;
  });

  return (
    <div
      ref={meter}
      className={styles.phase}
      role="meter"
      aria-label={`Beats of deck ${deckName(index)} against the leader's, in hundredths`}
      aria-valuemin={-50}
      aria-valuemax={50}
      aria-valuenow={0}
      title="The beats of this deck against those of the leader: in the middle they fall together"
      data-testid={`deck${index + 1}.phase`}
    >
      <i ref={mark} />
    </div>
  );
}
