import { EFFECTS, type EffectKind } from '@/lib/mix/commands';
import type { Effect } from '@/lib/mix/desk';
import { useDeskPort } from '@/lib/mix/desk-port';

import { Key } from '../controls/Key';
import { Knob } from '../controls/Knob';
import styles from './EffectPanel.module.css';
import { formatBeats, formatPercent } from './format';

const SHARE = { min: 0, max: 1, step: 0.05, resetTo: 0.5 };
const MIN_BEATS = 1 / 32;
const MAX_BEATS = 64;
/** How much of an effect is heard when it is switched on after having been turned down. */
const MIX_ON = 0.5;

interface EffectPanelProps {
  effect: Effect;
  slot: number;
  /** Whose effect it is: "deck A". */
  name: string;
}

/** One effect: which, how much, and over how many beats. */
export function EffectPanel({ effect, slot, name }: EffectPanelProps) {
  const port = useDeskPort();
  const id = slot < 4 ? `deck${slot + 1}` : 'master';
  const set = (change: Partial<Effect>): void => port?.send({ command: 'SetEffect', slot, ...effect, ...change });
  const isHeard = effect.kind !== 0 && effect.mix > 0;
  const beats = (factor: number): void =>
    set({ beats: Math.min(MAX_BEATS, Math.max(MIN_BEATS, effect.beats * factor)) });
  return (
    <div className={styles.effect}>
      <div className={styles.choice}>
        <select
          className={styles.kind}
          aria-label={`Effect of ${name}`}
          value={effect.kind}
          data-testid={`${id}.effect_kind`}
          onChange={(event) => {
            const kind = Number(event.target.value) as EffectKind;
            set({ kind, ...(kind !== 0 && effect.mix === 0 && { mix: MIX_ON }) });
          }}
        >
          {EFFECTS.map((title, kind) => (
            <option key={title} value={kind}>
              {kind === 0 ? 'No effect' : title}
            </option>
          ))}
        </select>
        <Key
          label={`Effect of ${name}`}
          control={`${id}.effect`}
          isOn={isHeard}
          isDisabled={effect.kind === 0}
          onPress={() => set({ mix: isHeard ? 0 : MIX_ON })}
        >
          ON
        </Key>
      </div>
      <div className={styles.knobs}>
        <Knob
          label={`Effect of ${name}, how much`}
          caption="Mix"
          control={`${id}.effect_mix`}
          travel={SHARE}
          value={effect.mix}
          format={formatPercent}
          onChange={(mix) => set({ mix })}
        />
        <Knob
          label={`Effect of ${name}, its character`}
          caption="Amount"
          control={`${id}.effect_amount`}
          travel={SHARE}
          value={effect.amount}
          format={formatPercent}
          onChange={(amount) => set({ amount })}
        />
        <div className={styles.beats} role="group" aria-label={`Effect of ${name}, its beats`}>
          <Key label="Half as many beats" control={`${id}.effect_shorter`} size="small" onPress={() => beats(0.5)}>
            ÷2
          </Key>
          <output aria-live="polite">
            {formatBeats(effect.beats)}
            <small>beat</small>
          </output>
          <Key label="Twice as many beats" control={`${id}.effect_longer`} size="small" onPress={() => beats(2)}>
            ×2
          </Key>
        </div>
      </div>
    </div>
  );
}
