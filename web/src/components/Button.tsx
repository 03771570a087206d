import type { ComponentProps } from 'react';
import { Link } from 'react-router';

import styles from './Button.module.css';

export type ButtonKind = 'primary' | 'quiet' | 'ghost' | 'danger';

interface Look {
  kind?: ButtonKind;
  size?: 'small' | 'medium' | 'large';
  wide?: boolean;
}

function classOf({ kind = 'quiet', size = 'medium', wide = false }: Look, extra?: string): string {
  return [styles.button, styles[kind], styles[size], wide && styles.wide, extra].filter(Boolean).join(' ');
}

type ButtonProps = ComponentProps<'button'> & Look & { busy?: boolean };

/** A button. While `busy` it keeps its place and focus but does nothing. */
export function Button({ kind, size, wide, busy = false, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classOf({ ...(kind && { kind }), ...(size && { size }), ...(wide && { wide }) }, className)}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy && <span className={styles.spinner} aria-hidden="true" />}
      {children}
    </button>
  );
}

type ButtonLinkProps = ComponentProps<typeof Link> & Look;

/** A link that looks like a button: it goes somewhere, a Button does something. */
export function ButtonLink({ kind, size, wide, className, ...rest }: ButtonLinkProps) {
  const look = { ...(kind && { kind }), ...(size && { size }), ...(wide && { wide }) };
  return <Link {...rest} className={classOf(look, className)} />;
}
