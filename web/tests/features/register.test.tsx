// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, expect, test, vi } from 'vitest';

import { session } from '@/api/client';
import { SessionContext } from '@/components/session';
import RegisterPage from '@/features/auth/RegisterPage';

function open(): void {
  const router = createMemoryRouter([{ path: '/register', Component: RegisterPage }], {
    initialEntries: ['/register'],
  });
  render(
    <SessionContext value={session}>
      <RouterProvider router={router} />
    </SessionContext>,
  );
}

function fill(values: Record<string, string>): void {
  for (const [id, value] of Object.entries(values)) fireEvent.change(screen.getByTestId(id), { target: { value } });
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test('an empty form says at each field what is missing, and sends nothing', () => {
  const fetcher = vi.fn<typeof fetch>();
  vi.stubGlobal('fetch', fetcher);
  open();
  fireEvent.click(screen.getByTestId('submit'));
  expect(screen.getByText('Choose one of the three.')).toBeTruthy();
  expect(screen.getByText('Use at least 8 characters.')).toBeTruthy();
  expect(screen.getByTestId('email').getAttribute('aria-invalid')).toBe('true');
  expect(fetcher).not.toHaveBeenCalled();
});

test('what the platform refuses is said beside the field, and read out with it', async () => {
  const fields = [{ in: 'body', field: 'email', message: 'This address has an account.' }];
  const error = { code: 'EMAIL_TAKEN', message: 'taken', details: { fields } };
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ success: false, error }, { status: 409 })));
  open();
  fireEvent.click(screen.getByTestId('role-dj'));
  fireEvent.click(screen.getByTestId('terms'));
  fill({ username: 'osk', email: 'osk@example.com', password: 'long enough' });
  fireEvent.click(screen.getByTestId('submit'));
  const message = await screen.findByText('This address has an account.');
  expect(screen.getByTestId('email').getAttribute('aria-describedby')).toBe(message.id);
  await waitFor(() => expect(screen.getByTestId('submit').getAttribute('aria-busy')).toBeNull());
});
