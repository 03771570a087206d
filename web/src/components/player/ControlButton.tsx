import { Icon, type IconName } from '@/components/Icon';

import styles from './Controls.module.css';

interface ControlButtonProps {
  icon: IconName;
  /** What it does, with its key. */
  label: string;
  onPress: () => void;
}

/** A sign in the bar at the foot of a picture. */
export function ControlButton({ icon, label, onPress }: ControlButtonProps) {
  return (
    <button type="button" className={styles.control} aria-label={label} title={label} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}
