import type { Target, TargetState } from '@/api/encoder/types';
import { Icon } from '@/components/Icon';
import { useNow } from '@/components/useNow';
import { formatBitrate, plural } from '@/lib/format';

import { platformOf } from './platforms';
import styles from './TargetRow.module.css';

interface TargetRowProps {
  target: Target;
  state: TargetState | null;
  /** Whether a stream is on. */
  isOn: boolean;
  onSwitch: (enabled: boolean) => void;
  onEdit: () => void;
  onDelete: () => void;
}

/** One platform: whether it gets the stream, and how it takes it. */
export function TargetRow({ target, state, isOn, onSwitch, onEdit, onDelete }: TargetRowProps) {
  const { platform, label, enabled, keyHint } = target;
  return (
    <li className={styles.target} data-testid="target" data-state={state?.state ?? 'off'}>
      <span className={styles.mark} data-platform={platform} aria-hidden="true">
        {platformOf(platform).name.charAt(0)}
      </span>
      <p className={styles.words}>
        <b>{label}</b>
        <span>
          {platformOf(platform).name} · …{keyHint}
        </span>
      </p>
      <div className={styles.tools}>
        <button type="button" aria-label={`Edit ${label}`} title="Edit" onClick={onEdit}>
          <Icon name="edit" />
        </button>
        <button type="button" aria-label={`Remove ${label}`} title="Remove" onClick={onDelete}>
          <Icon name="trash" />
        </button>
        <input
          type="checkbox"
          role="switch"
          aria-label={`Send to ${label}`}
          checked={enabled}
          onChange={(event) => onSwitch(event.target.checked)}
        />
      </div>
      {enabled && isOn && <TargetNews state={state} />}
    </li>
  );
}

function TargetNews({ state }: { state: TargetState | null }) {
  const now = useNow(state?.retryAt != null);
  const tone = state === null || state.state === 'connecting' ? 'busy' : state.state === 'live' ? 'good' : 'bad';
  return (
    <p className={styles.news} data-tone={tone} role="status">
      <i aria-hidden="true" />
      <span>{state === null ? 'Starting' : sentence(state, now)}</span>
    </p>
  );
}

function sentence({ state, bitrateBps, droppedS, problem, retryAt }: TargetState, nowMs: number): string {
  switch (state) {
    case 'connecting':
      return 'Connecting';
    case 'live': {
      const dropped = droppedS >= 1 ? `, ${plural(Math.round(droppedS), 'second')} left out` : '';
      return `Live, ${formatBitrate(bitrateBps)}${dropped}`;
    }
    case 'waiting': {
      const leftS = retryAt === null ? 0 : Math.max(0, Math.ceil(retryAt - nowMs / 1000));
      return `${problem ?? 'The connection was lost.'} ${leftS > 0 ? `Again in ${leftS} s.` : 'Trying again.'}`;
    }
    case 'refused':
      return problem ?? 'It refused the stream. Check the key.';
  }
}
