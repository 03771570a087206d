import { useEffect, type SubmitEvent } from 'react';
import { Link } from 'react-router';

import { login } from '@/api/login';
import { Button } from '@/components/Button';
import { TextField } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { useTitle } from '@/components/Page';
import { useUser } from '@/components/session';

import { AuthFrame } from './AuthFrame';
import { textOf } from './form';
import { useReturn } from './useReturn';
import { useSubmit } from './useSubmit';

export default function LoginPage() {
  useTitle('Sign in');
  const user = useUser();
  const { state, goBack } = useReturn();
  const { isBusy, problem, fields, run, reject } = useSubmit(['email', 'password']);
  const isSignedIn = user !== null;

  useEffect(() => {
    if (isSignedIn) goBack('/');
    // Once, when the sign-in has happened: goBack changes with every navigation.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isSignedIn]);

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const email = textOf(form, 'email').trim();
    const password = textOf(form, 'password');
    if (email === '' || password === '') {
      reject({
        ...(email === '' && { email: 'Enter your email address.' }),
        ...(password === '' && { password: 'Enter your password.' }),
      });
      return;
    }
    void run(() => login(email, password));
  };

  return (
    <AuthFrame title="Good to see you" lead="Sign in to go live, or to watch with your own name.">
      <form onSubmit={submit} noValidate>
        {problem !== null && <Notice tone="bad" title={problem} live />}
        <TextField
          label="Email"
          name="email"
          type="email"
          autoComplete="username"
          data-testid="email"
          error={fields.email}
        />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          data-testid="password"
          error={fields.password}
        />
        <Button type="submit" kind="primary" size="large" wide busy={isBusy} data-testid="submit">
          Sign in
        </Button>
      </form>
      <p>
        New here?{' '}
        <Link to="/register" state={state}>
          Create an account
        </Link>
      </p>
    </AuthFrame>
  );
}
