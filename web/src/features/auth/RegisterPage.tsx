import { useEffect, useState, type SubmitEvent } from 'react';
import { Link } from 'react-router';

import { login } from '@/api/login';
import { register, type Registration } from '@/api/register';
import { Button } from '@/components/Button';
import { Checkbox, TextField } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { useTitle } from '@/components/Page';
import { useUser } from '@/components/session';

import { AuthFrame } from './AuthFrame';
import { textOf } from './form';
import { problemsOf } from './registration';
import { RoleChoice } from './RoleChoice';
import { useReturn } from './useReturn';
import { useSubmit } from './useSubmit';

const FIELDS = ['email', 'username', 'password', 'role', 'termsAccepted'];

export default function RegisterPage() {
  useTitle('Create an account');
  const user = useUser();
  const [role, setRole] = useState<Registration['role'] | null>(null);
  const { state, goBack } = useReturn();
  const { isBusy, problem, fields, run, reject } = useSubmit(FIELDS);
  const isSignedIn = user !== null;

  useEffect(() => {
    if (isSignedIn) goBack(user.role === 'viewer' ? '/' : '/studio');
    // Once, when the sign-in has happened: goBack changes with every navigation.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isSignedIn]);

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const email = textOf(form, 'email').trim();
    const username = textOf(form, 'username').trim();
    const password = textOf(form, 'password');
    const termsAccepted = form.get('termsAccepted') !== null;
    const problems = problemsOf({ email, username, password, role, termsAccepted });
    if (role === null || Object.keys(problems).length > 0) {
      reject(problems);
      return;
    }
    void run(async () => {
      await register({ email, username, password, role, termsAccepted });
      await login(email, password);
    });
  };

  return (
    <AuthFrame title="Get on the list" lead="One account to watch with, or to put yourself on stage.">
      <form onSubmit={submit} noValidate>
        {problem !== null && <Notice tone="bad" title={problem} live />}
        <RoleChoice chosen={role} error={fields.role} onChoose={setRole} />
        <TextField
          label="Name"
          name="username"
          autoComplete="nickname"
          data-testid="username"
          hint="How others see you: 3 to 30 letters, digits and underscores."
          error={fields.username}
        />
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
          autoComplete="new-password"
          data-testid="password"
          hint="At least 8 characters."
          error={fields.password}
        />
        <Checkbox name="termsAccepted" data-testid="terms" error={fields.termsAccepted}>
          I am 18 or older, and I accept the <Link to="/terms" target="_blank">
            terms and house rules
          </Link>.
        </Checkbox>
        <Button type="submit" kind="primary" size="large" wide busy={isBusy} data-testid="submit">
          Create account
        </Button>
      </form>
      <p>
        Been here before?{' '}
        <Link to="/login" state={state}>
          Sign in
        </Link>
      </p>
    </AuthFrame>
  );
}
