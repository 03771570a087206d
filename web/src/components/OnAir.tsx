import styles from './OnAir.module.css';

interface OnAirProps {
  tone: 'live' | 'pending' | 'off';
  children: string;
}

/** The light over the door. */
export function OnAir({ tone, children }: OnAirProps) {
  return (
    <span className={[styles.light, styles[tone]].join(' ')}>
      <i aria-hidden="true" />
      {children}
    </span>
  );
}
